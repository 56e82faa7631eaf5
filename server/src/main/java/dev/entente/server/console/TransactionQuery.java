package dev.entente.server.console;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import dev.entente.v1.Parked;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.v1.Waiting;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The question of a URL for a list of transactions: a filter of the API in words. What is unknown there is left out.
 *
 * @param query of the URL
 */
public record TransactionQuery(Query query) {
    /** The ages to choose from; {@code +} for at least so old, {@code -} for younger. */
    private static final Map<String, Duration> AGES = Map.of(
            "15m", Duration.ofMinutes(15),
            "1h", Duration.ofHours(1),
            "24h", Duration.ofHours(24),
            "7d", Duration.ofDays(7));

    /** The waits that stand in the table. */
    private static final Set<Waiting.Kind> IN_TABLE = EnumSet.of(
            Waiting.Kind.PARKED,
            Waiting.Kind.APPROVAL,
            Waiting.Kind.CLIENT_DECISION,
            Waiting.Kind.CHECK_BACK,
            Waiting.Kind.START_TIME,
            Waiting.Kind.NO_ROOM,
            Waiting.Kind.DEAD_OWNER);

    /** The choices of the field {@code age}. */
    static final List<String> AGE_CHOICES = List.of("-15m", "-1h", "-24h", "-7d", "+15m", "+1h", "+24h", "+7d");

    /** The choices of the field {@code only}. */
    static final List<String> ONLY_CHOICES = List.of("open", "parked", "overdue", "approval");

    /** The fields of the form, in their order. */
    private static final List<String> FIELDS = List.of(
            "only", "state", "waits", "reason", "pattern", "participant", "name", "label", "gid", "age", "order");

    TransactionFilter filter(Instant now) {
        TransactionFilter.Builder filter = TransactionFilter.newBuilder()
                .setName(query.get("name"))
                .setParticipant(query.get("participant"))
                .setGidPrefix(query.get("gid"));
        switch (query.get("only")) {
            case "open" -> filter.setOnlyOpen(true);
            case "parked" -> filter.setOnlyParked(true);
            case "overdue" -> filter.setOnlyOverdue(true);
            case "approval" -> filter.setOnlyAwaitingApproval(true);
            default -> filter.setOnlyOpen(isSlowestFirst());
        }
        constant(Transaction.State.class, query.get("state")).forEach(filter::addStates);
        constant(Waiting.Kind.class, query.get("waits")).forEach(filter::addWaiting);
        constant(Parked.Reason.class, query.get("reason")).forEach(filter::addParkReasons);
        constant(Pattern.class, query.get("pattern")).forEach(filter::addPatterns);
        for (String label : query.get("label").split(",", -1)) {
            int equals = label.indexOf('=');
            if (equals > 0) {
                filter.putLabels(
                        label.substring(0, equals).strip(),
                        label.substring(equals + 1).strip());
            }
        }
        age(filter, query.get("age"), now);
        return filter.build();
    }

    private static <E extends Enum<E>> List<E> constant(Class<E> type, String name) {
        return Arrays.stream(type.getEnumConstants())
                .filter(one -> one.name().equals(name) && isNamed(one))
                .toList();
    }

    /** Tells whether a constant is one that people choose. */
    static boolean isNamed(Enum<?> constant) {
        return !constant.name().equals("UNRECOGNIZED") && !constant.name().endsWith("_UNSPECIFIED");
    }

    private static void age(TransactionFilter.Builder filter, String age, Instant now) {
        Duration length = age.isEmpty() ? null : AGES.get(age.substring(1));
        if (length != null) {
            var _ = age.charAt(0) == '+'
                    ? filter.setOlderThan(Durations.fromSeconds(length.toSeconds()))
                    : filter.setCreatedAfter(
                            Timestamp.newBuilder().setSeconds(now.minus(length).getEpochSecond()));
        }
    }

    /** Tells whether coordinators must look at each row, which takes too long for all rows. */
    boolean needsLook() {
        return constant(Waiting.Kind.class, query.get("waits")).stream().anyMatch(kind -> !IN_TABLE.contains(kind));
    }

    boolean isSlowestFirst() {
        return query.get("order").equals("slowest");
    }

    /** Returns the value of a field of the form. */
    public String get(String field) {
        return query.get(field);
    }

    /** Returns the part of the query that chooses what is listed, without the place in the list. */
    Query choice() {
        Query choice = Query.NONE;
        for (String field : FIELDS) {
            choice = choice.with(field, query.get(field));
        }
        return choice;
    }

    /** Tells whether anything was chosen beside the order. */
    public boolean isFiltered() {
        return !choice().with("order", "").values().isEmpty();
    }
}
