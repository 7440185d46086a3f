#!/usr/bin/perl
# A message centre on loopback, on Net::SMPP: takes one session, and writes out what came, a line each.
use strict;
use warnings;
use Net::SMPP;

$| = 1;
my $listener = Net::SMPP->new_listen('127.0.0.1', smpp_version => 0x34, port => 0) or die "listening: $!";
print $listener->sockport, "\n";
my $session = $listener->accept or die "accepting: $!";
my $id = 0;
while (my $pdu = $session->read_pdu()) {
  my $seq = $pdu->{seq};
  if ($pdu->{cmd} == 9) {
    print "bind $pdu->{system_id} $pdu->{password}\n";
    $session->bind_transceiver_resp(system_id => 'SMSC', seq => $seq);
  } elsif ($pdu->{cmd} == 4) {
    my $tlvs = join ',', map { sprintf '%04x=%s', $_, unpack('H*', $pdu->{$_}) } sort grep { /^\d+$/ } keys %$pdu;
    printf "submit %d/%d/%s %d/%d/%s esm %d coding %d text %s tlv %s\n", $pdu->{source_addr_ton}, $pdu->{source_addr_npi},
      $pdu->{source_addr}, $pdu->{dest_addr_ton}, $pdu->{dest_addr_npi}, $pdu->{destination_addr}, $pdu->{esm_class},
      $pdu->{data_coding}, unpack('H*', $pdu->{short_message}), $tlvs;
    $session->submit_sm_resp(message_id => sprintf('N%d', ++$id), seq => $seq);
  } elsif ($pdu->{cmd} == 6) {
    print "unbind\n";
    $session->unbind_resp(seq => $seq);
    last;
  }
}
