/* Every struct of vestitel/abi.h and abi_services.h behind one function, so that a debugger's view of this library is the ABI. */
#include <vestitel/abi_services.h>

VESTITEL_EXPORT void vestitel_abi_surface(
    const vestitel_entry* entry, const vestitel_descriptor* descriptor, const vestitel_host* host,
    const vestitel_plugin* plugin, const vestitel_error* error, const vestitel_batch* batch,
    const vestitel_event* event, const vestitel_attr* attr, const vestitel_place* place, const vestitel_emit_v1* emit,
    const vestitel_log_v1* log, const vestitel_kv* kv, const vestitel_secret_v1* secret,
    const vestitel_document* document, const vestitel_input* input, const vestitel_parse_v1* parse,
    const vestitel_poll_v1* poll, const vestitel_msg* msg, const vestitel_msg_batch* msgs,
    const vestitel_verdict* verdict, const vestitel_delivery_v1* delivery, const vestitel_deliver_v1* deliver,
    const vestitel_receipts_v1* receipts, const vestitel_config_v1* config_service, const vestitel_clock_v1* clock_service, const vestitel_kv_v1* kv_service, const vestitel_metric_v1* metric_service, const vestitel_connect_v1* connect_service, const vestitel_http_v1* http_service, const vestitel_subjects_v1* subjects_service, const vestitel_receipt_v1* receipt_service, const vestitel_http_request* request, const vestitel_http_answer* answer, const vestitel_doubt* doubt, const vestitel_doubt_batch* doubts, const vestitel_ask_v1* ask);

void vestitel_abi_surface(const vestitel_entry* entry, const vestitel_descriptor* descriptor, const vestitel_host* host,
                          const vestitel_plugin* plugin, const vestitel_error* error, const vestitel_batch* batch,
                          const vestitel_event* event, const vestitel_attr* attr, const vestitel_place* place,
                          const vestitel_emit_v1* emit, const vestitel_log_v1* log, const vestitel_kv* kv,
                          const vestitel_secret_v1* secret, const vestitel_document* document,
                          const vestitel_input* input, const vestitel_parse_v1* parse, const vestitel_poll_v1* poll,
                          const vestitel_msg* msg, const vestitel_msg_batch* msgs, const vestitel_verdict* verdict,
                          const vestitel_delivery_v1* delivery, const vestitel_deliver_v1* deliver,
                          const vestitel_receipts_v1* receipts, const vestitel_config_v1* config_service, const vestitel_clock_v1* clock_service, const vestitel_kv_v1* kv_service, const vestitel_metric_v1* metric_service, const vestitel_connect_v1* connect_service, const vestitel_http_v1* http_service, const vestitel_subjects_v1* subjects_service, const vestitel_receipt_v1* receipt_service, const vestitel_http_request* request, const vestitel_http_answer* answer, const vestitel_doubt* doubt, const vestitel_doubt_batch* doubts, const vestitel_ask_v1* ask) {
  (void)entry, (void)descriptor, (void)host, (void)plugin, (void)error, (void)batch, (void)event, (void)attr;
  (void)place, (void)emit, (void)log, (void)kv, (void)secret, (void)document, (void)input, (void)parse, (void)poll;
  (void)msg, (void)msgs, (void)verdict, (void)delivery, (void)deliver, (void)receipts, (void)doubt, (void)doubts, (void)ask;
  (void)config_service, (void)clock_service, (void)kv_service, (void)metric_service, (void)connect_service, (void)http_service, (void)subjects_service, (void)receipt_service, (void)request, (void)answer;
}
