package dev.entente.client;

import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.wire.Times;
import java.time.Instant;
import java.util.function.UnaryOperator;

/** Selects the transactions that match all conditions. Immutable. */
public final class Filter {
    private final TransactionFilter filter;

    private Filter(TransactionFilter filter) {
        this.filter = filter;
    }

    /** Returns a filter for all stored transactions. */
    public static Filter all() {
        return new Filter(TransactionFilter.getDefaultInstance());
    }

    /** Returns a filter for transactions that have not finished. */
    public static Filter open() {
        return all().with(filter -> filter.setOnlyOpen(true));
    }

    /** Returns a filter for transactions that wait for an operator. */
    public static Filter parked() {
        return all().with(filter -> filter.setOnlyParked(true));
    }

    /** Returns a filter for transactions whose next step is late. */
    public static Filter overdue() {
        return all().with(filter -> filter.setOnlyOverdue(true));
    }

    /** Selects transactions in this state. With further calls, a transaction may be in any of the given states. */
    public Filter state(Transaction.State state) {
        return with(filter -> filter.addStates(state));
    }

    /** Selects transactions of this pattern. With further calls, a transaction may be of any of the given patterns. */
    public Filter pattern(Pattern pattern) {
        return with(filter -> filter.addPatterns(pattern));
    }

    /** Selects transactions with the given business name. */
    public Filter name(String name) {
        return with(filter -> filter.setName(name));
    }

    /** Selects transactions with this label. With further calls, a transaction must have all the given labels. */
    public Filter label(String key, String value) {
        return with(filter -> filter.putLabels(key, value));
    }

    /** Selects transactions with a call to the given participant that waits for a retry, an operator or capacity. */
    public Filter participant(String name) {
        return with(filter -> filter.setParticipant(name));
    }

    /** Selects transactions whose gid starts with a prefix. */
    public Filter gidPrefix(String prefix) {
        return with(filter -> filter.setGidPrefix(prefix));
    }

    /** Selects transactions that were accepted after a time. */
    public Filter createdAfter(Instant time) {
        return with(filter -> filter.setCreatedAfter(Times.proto(time)));
    }

    /** Selects transactions that were accepted before a time. */
    public Filter createdBefore(Instant time) {
        return with(filter -> filter.setCreatedBefore(Times.proto(time)));
    }

    /** Returns the filter in the format of the API. */
    public TransactionFilter toProto() {
        return filter;
    }

    private Filter with(UnaryOperator<TransactionFilter.Builder> change) {
        return new Filter(change.apply(filter.toBuilder()).build());
    }
}
