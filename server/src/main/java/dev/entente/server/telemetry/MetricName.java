package dev.entente.server.telemetry;

import java.util.List;

/**
 * Each metric of Entente, once, with its name in Micrometer: the exposition adds {@code _total} to counters and {@code
 * _seconds} to times. {@code docs/metrics.md} has an equal list, and a test compares both lists.
 */
public enum MetricName {
    ACCEPTED(
            "entente.transactions.accepted",
            "Transactions that were accepted: durable, and confirmed to the client",
            "pattern"),
    KNOWN("entente.transactions.known", "Submissions of a gid that already existed with the same content", "pattern"),
    TRANSACTION("entente.transaction.duration", "Time from acceptance to a final state", "pattern", "state"),
    TURNED("entente.transactions.turned", "Transactions that switched to undo, or were given up", "reason"),
    PARKED("entente.transactions.parked", "Transactions that were stored as parked", "reason"),
    UNPARKED(
            "entente.transactions.unparked",
            "Transactions that are no longer parked, including transactions that a call in flight kept from being"
                    + " stored as parked"),
    OPEN("entente.transactions.open", "Unfinished transactions that this coordinator holds in memory"),
    OPEN_BYTES("entente.open.bytes", "Payload of the transactions in memory: requests and stored responses"),
    OPEN_BYTES_LIMIT("entente.open.bytes.limit", "Limit of the payload in memory: `limits.openBytes`"),
    ADOPTED("entente.transactions.adopted", "Transactions taken over from a dead coordinator, or claimed when due"),
    TABLE_OPEN("entente.table.open", "Unfinished transactions in the table, of all coordinators", "state", "pattern"),
    TABLE_PARKED("entente.table.parked", "Parked transactions in the table: they wait for an operator", "reason"),
    TABLE_AWAITING_APPROVAL("entente.table.awaiting.approval", "Transactions in the table that wait for an approval"),
    TABLE_OVERDUE(
            "entente.table.overdue", "Transactions in the table that are due and that no coordinator has claimed"),
    TABLE_OVERDUE_AGE("entente.table.overdue.age", "Longest time that an overdue transaction has been due"),
    TABLE_QUERY("entente.table.query", "Duration of the longest query of the last count"),
    TABLE_BYTES("entente.table.bytes", "Size of a table on disk, with its indexes", "table"),
    TABLE_DEAD_ROWS(
            "entente.table.dead.rows", "Removed or replaced versions of rows that no vacuum has removed yet", "table"),
    RETENTION_LAG(
            "entente.retention.lag",
            "How long the oldest finished transaction is past `retention.finished`; 0 if none is"),
    CALLS("entente.calls", "Finished calls of operations, also without a response", "participant", "op", "outcome"),
    CALL("entente.call.duration", "Duration of sent calls, from sending to the outcome", "participant", "op"),
    IN_FLIGHT("entente.calls.in.flight", "Calls in flight", "participant"),
    WAITING("entente.calls.waiting", "Calls that wait for the participant's limit", "participant"),
    CIRCUIT("entente.circuit.state", "0 closed, 1 half-open, 2 open", "participant"),
    STREAMING(
            "entente.calls.streaming",
            "1 if calls are sent over a stream, 0 if each call is sent separately",
            "participant"),
    BATCH("entente.store.batch.duration", "Duration of one group commit, from the first statement to the response"),
    BATCH_SIZE("entente.store.batch.operations", "Writes in one group commit"),
    STORE_QUEUE("entente.store.queue", "Writes that wait for the next group commit"),
    IN_DOUBT("entente.store.in.doubt", "Batches with a commit without a response: the result was determined later"),
    WRITES_REPEATED("entente.store.repeated", "Writes that the database rejected and that were sent again", "cause"),
    LEASE_LOST("entente.lease.lost", "Number of times this process lost its lease and dropped its transactions"),
    TOKENS("entente.auth.tokens", "Bearer tokens in use, including expired tokens"),
    TOKEN_FILE(
            "entente.auth.file.state",
            "The token file: 0 read, 1 missing or damaged while its last valid tokens stay in use, 2 no token is"
                    + " valid"),
    TOKEN_USED(
            "entente.auth.last.use.timestamp",
            "Time of the last use of a token, as seconds since 1970; 0" + " never",
            "token"),
    CERTIFICATE_EXPIRY(
            "entente.tls.certificate.expiry",
            "Time until the first certificate of this coordinator's chain expires; negative after that"),
    AUTHORITIES_EXPIRY(
            "entente.tls.authorities.expiry",
            "Time until no certificate of a file of authorities is valid; negative after that",
            "file"),
    CERTIFICATE_FILE(
            "entente.tls.file.state",
            "The files of TLS: 0 read, 1 missing or unusable while the previous content stays in use",
            "file"),
    SECRET_FILE(
            "entente.participants.file.state",
            "A participant's token, key or certificates: 0 read, 1 missing or unusable while the previous content stays"
                    + " in use",
            "participant",
            "file"),
    PARTICIPANT_CERTIFICATE_EXPIRY(
            "entente.participants.certificate.expiry",
            "Time until the certificates of a participant's TLS files expire: the first of the coordinator's chain, the"
                    + " last of the trusted certificates; negative after that",
            "participant",
            "file"),
    CONFIGURATION_FILE(
            "entente.configuration.file.state",
            "The configuration file: 0 read, 1 missing or unusable while the previous participants stay in use"),
    PEER_DOUBTED(
            "entente.peers.doubted",
            "Calls that claimed to come from another coordinator and could not prove it",
            "why"),
    AUDIT_DROPPED("entente.audit.dropped", "Audit rows that were not written, because too many waited"),
    CAUGHT("entente.caught", "Unexpected exceptions that a loop handled: each is a defect", "where"),
    RPC("entente.rpc.duration", "Duration of requests over gRPC, from arrival to the response", "method", "code"),
    OPEN_CALLS("entente.grpc.port.open.calls", "Calls in flight to health and reflection without a token"),
    OPEN_CALLS_REFUSED(
            "entente.grpc.port.open.calls.refused",
            "Calls to health and reflection without a token that were refused because of their limit"),
    HTTP("entente.http.requests", "Finished requests over HTTP", "path", "code"),
    HTTP_REFUSED("entente.http.port.refused", "Requests that the HTTP port refused", "why"),
    HTTP_CONNECTIONS("entente.http.port.connections", "Open connections of the HTTP port"),
    HTTP_STREAMS("entente.http.port.streams", "Streams of the console that are open, one for each visible tab");

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
