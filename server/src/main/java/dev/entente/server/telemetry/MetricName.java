package dev.entente.server.telemetry;

import java.util.List;

/**
 * Each metric of Entente, once, with its name in Micrometer: the exposition adds {@code _total} to counters and {@code
 * _seconds} to times. {@code docs/metrics.md} has an equal list, and a test compares both lists.
 */
public enum MetricName {
    ACCEPTED("entente.transactions.accepted", "Transactions that were accepted: durable, and answered so", "pattern"),
    KNOWN("entente.transactions.known", "Submissions of a gid that stood already with the same content", "pattern"),
    TRANSACTION("entente.transaction.duration", "From acceptance to a terminal state", "pattern", "state"),
    TURNED("entente.transactions.turned", "Transactions that turned to undo, or were given up", "reason"),
    PARKED("entente.transactions.parked", "Transactions that went to rest parked", "reason"),
    UNPARKED(
            "entente.transactions.unparked",
            "Transactions that are parked no more, also where a call had kept them from rest"),
    OPEN("entente.transactions.open", "Unfinished transactions that this coordinator holds in memory"),
    OPEN_BYTES("entente.open.bytes", "Payload of the transactions in memory: requests and stored responses"),
    OPEN_BYTES_LIMIT("entente.open.bytes.limit", "How many bytes of payload may be in memory: `limits.openBytes`"),
    ADOPTED("entente.transactions.adopted", "Transactions taken over from a dead coordinator, or claimed when due"),
    TABLE_OPEN("entente.table.open", "Unfinished transactions in the table, of all coordinators", "state", "pattern"),
    TABLE_PARKED("entente.table.parked", "Of them, those that are parked: they wait for an operator", "reason"),
    TABLE_AWAITING_APPROVAL("entente.table.awaiting.approval", "Of them, those that wait for a person's approval"),
    TABLE_OVERDUE("entente.table.overdue", "Of them, those that are due and that nobody has taken"),
    TABLE_OVERDUE_AGE("entente.table.overdue.age", "For how long the longest of those is due"),
    TABLE_QUERY("entente.table.query", "How long the longest query of the last count took"),
    CALLS("entente.calls", "Answered calls of operations", "participant", "op", "outcome"),
    CALL("entente.call.duration", "Of calls that left, from leaving to the answer", "participant", "op"),
    IN_FLIGHT("entente.calls.in.flight", "Calls in flight", "participant"),
    WAITING("entente.calls.waiting", "Calls that wait for the participant's limit", "participant"),
    CIRCUIT("entente.circuit.state", "0 closed, 1 half-open, 2 open", "participant"),
    STREAMING("entente.calls.streaming", "1 while calls go over a stream, 0 while each goes by itself", "participant"),
    BATCH("entente.store.batch.duration", "Of one group commit, from the first statement to its answer"),
    BATCH_SIZE("entente.store.batch.operations", "Writes that one group commit took with it"),
    STORE_QUEUE("entente.store.queue", "Writes that wait for the next group commit"),
    IN_DOUBT("entente.store.in.doubt", "Batches whose commit was not answered and had to be found out"),
    WRITES_REPEATED(
            "entente.store.repeated", "Writes that the database did not take and that were sent again", "cause"),
    LEASE_LOST("entente.lease.lost", "Times this process lost its lease and dropped all it held"),
    TOKENS("entente.auth.tokens", "Bearer tokens in force, expired ones included"),
    TOKEN_FILE(
            "entente.auth.file.state",
            "The token file: 0 read, 1 missing or damaged while its last good tokens go on, 2 no token is valid"),
    TOKEN_USED(
            "entente.auth.last.use.timestamp", "When a token was used last, as seconds since 1970; 0 never", "token"),
    CERTIFICATE_EXPIRY(
            "entente.tls.certificate.expiry",
            "Time until the first certificate of this coordinator's chain expires; negative once it has"),
    AUTHORITIES_EXPIRY(
            "entente.tls.authorities.expiry",
            "Time until no certificate of a file of authorities is valid any more; negative from then on",
            "file"),
    CERTIFICATE_FILE(
            "entente.tls.file.state",
            "The files of TLS: 0 read, 1 missing or of no use while what was read before goes on",
            "file"),
    SECRET_FILE(
            "entente.participants.file.state",
            "A participant's token, key or certificates: 0 read, 1 missing or of no use while what was read before"
                    + " goes on",
            "participant",
            "file"),
    PARTICIPANT_CERTIFICATE_EXPIRY(
            "entente.participants.certificate.expiry",
            "Time until what the files of a participant's TLS hold has expired: the first of the coordinator's chain,"
                    + " the last of those trusted; negative from then on",
            "participant",
            "file"),
    PEER_DOUBTED(
            "entente.peers.doubted",
            "Calls that claimed to come from another coordinator and could not prove it",
            "why"),
    AUDIT_DROPPED("entente.audit.dropped", "Audit rows that were not written, because too many waited"),
    CAUGHT("entente.caught", "Unexpected exceptions that a loop survived: each is a defect", "where"),
    RPC("entente.rpc.duration", "Of requests over gRPC, from arrival to the answer", "method", "code"),
    OPEN_CALLS("entente.grpc.port.open.calls", "Calls under way to health and reflection without a token"),
    OPEN_CALLS_REFUSED("entente.grpc.port.open.calls.refused", "Such calls that were refused, for there were too many"),
    HTTP("entente.http.requests", "Answered requests over HTTP", "path", "code"),
    HTTP_REFUSED("entente.http.port.refused", "Requests that the HTTP port refused", "why"),
    HTTP_CONNECTIONS("entente.http.port.connections", "Open connections of the HTTP port"),
    HTTP_STREAMS(
            "entente.http.port.streams", "Streams of the console that are open, one for each tab that is looked at");

    private final String id;
    private final String description;

    @SuppressWarnings("ImmutableEnumChecker") // List.of is immutable.
    private final List<String> labels;

    MetricName(String id, String description, String... labels) {
        this.id = id;
        this.description = description;
        this.labels = List.of(labels);
    }

    String id() {
        return id;
    }

    String description() {
        return description;
    }

    List<String> labels() {
        return labels;
    }
}
