package dev.entente.client;

import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.wire.Times;
import java.time.Instant;
import java.util.function.UnaryOperator;

/** Selects the transactions that meet every condition. Immutable. */
public final class Filter {
    private final TransactionFilter filter;

    private Filter(TransactionFilter filter) {
        this.filter = filter;
    }

    /** Every transaction that is kept. */
    public static Filter all() {
        return new Filter(TransactionFilter.getDefaultInstance());
    }

    /** Transactions that have not ended. */
    public static Filter open() {
        return all().with(filter -> filter.setOnlyOpen(true));
    }

    /** Transactions that wait for an operator. */
    public static Filter parked() {
        return all().with(filter -> filter.setOnlyParked(true));
    }

    /** Transactions whose next step is late. */
    public static Filter overdue() {
        return all().with(filter -> filter.setOnlyOverdue(true));
    }

    /** In that state, or in one of those named by further calls. */
    public Filter state(Transaction.State state) {
        return with(filter -> filter.addStates(state));
    }

    /** Selects transactions of that pattern, or of one that a further call names. */
    public Filter pattern(Pattern pattern) {
        return with(filter -> filter.addPatterns(pattern));
    }

    /** With that business name. */
    public Filter name(String name) {
        return with(filter -> filter.setName(name));
    }

    /** With that label, and with those of further calls. */
    public Filter label(String key, String value) {
        return with(filter -> filter.putLabels(key, value));
    }

    /** With a call to that participant waiting to be repeated. */
    public Filter participant(String name) {
        return with(filter -> filter.setParticipant(name));
    }

    /** Selects transactions whose gid starts with that prefix. */
    public Filter gidPrefix(String prefix) {
        return with(filter -> filter.setGidPrefix(prefix));
    }

    /** Accepted after that. */
    public Filter createdAfter(Instant time) {
        return with(filter -> filter.setCreatedAfter(Times.proto(time)));
    }

    /** Accepted before that. */
    public Filter createdBefore(Instant time) {
        return with(filter -> filter.setCreatedBefore(Times.proto(time)));
    }

    /** As it is sent. */
    public TransactionFilter toProto() {
        return filter;
    }

    private Filter with(UnaryOperator<TransactionFilter.Builder> change) {
        return new Filter(change.apply(filter.toBuilder()).build());
    }
}
