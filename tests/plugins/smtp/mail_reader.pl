#!/usr/bin/perl
# Reads a mail from stdin by MIME::Parser, and prints what it holds as JSON: subject, name, and the first text as base64.
use strict;
use warnings;
use Encode qw(decode);
use JSON::PP;
use Mail::Address;
use MIME::Base64 qw(encode_base64);
use MIME::Parser;

binmode STDIN;
my $parser = MIME::Parser->new;
$parser->output_to_core(1);
my $mail = $parser->parse(\*STDIN);
my $header = sub { my $value = $mail->head->get($_[0]); chomp $value; return $value };
my ($from) = Mail::Address->parse($header->('From'));
my $text = $mail->parts ? $mail->parts(0) : $mail;
print JSON::PP->new->ascii->encode({
    subject => decode('MIME-Header', $header->('Subject')),
    name    => decode('MIME-Header', $from->phrase),
    text    => encode_base64($text->bodyhandle->as_string, ''),
});
