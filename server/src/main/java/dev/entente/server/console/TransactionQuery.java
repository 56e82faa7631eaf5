package dev.entente.server.console;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.Parked;
import dev.entente.v1.Pattern;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.v1.Waiting;
import dev.entente.wire.Times;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The question of a URL for a list of transactions: a filter of the API in words. Nothing is asked where something in it is unknown.
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

    /** The fields whose values are chosen, and these values: each has a word of its own. */
    static final Map<String, List<String>> CHOICES = Map.of(
            "only", List.of("open", "parked", "overdue", "approval"),
            "state", names(Transaction.State.values()),
            "waits", names(Waiting.Kind.values()),
            "reason", names(Parked.Reason.values()),
            "pattern", names(Pattern.values()),
            "age", List.of("-15m", "-1h", "-24h", "-7d", "+15m", "+1h", "+24h", "+7d"),
            "order", List.of("slowest"));

    /** The acts that can be done to all that match. */
    public static final List<String> ACTS = List.of("retry", "resume", "park", "abort");

    /** The fields of the form, in their order. */
    static final List<String> FIELDS = List.of(
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
        constant(Transaction.State.class, "state").forEach(filter::addStates);
        constant(Waiting.Kind.class, "waits").forEach(filter::addWaiting);
        constant(Parked.Reason.class, "reason").forEach(filter::addParkReasons);
        constant(Pattern.class, "pattern").forEach(filter::addPatterns);
        labels().forEach(filter::putLabels);
        age(filter, query.get("age"), now);
        return filter.build();
    }

    /** Returns the labels, without those that have no name. */
    private Map<String, String> labels() {
        Map<String, String> labels = new LinkedHashMap<>();
        for (String label : query.get("label").split(",", -1)) {
            int equals = label.indexOf('=');
            if (equals > 0) {
                labels.put(
                        label.substring(0, equals).strip(),
                        label.substring(equals + 1).strip());
            }
        }
        return labels;
    }

    private static List<String> names(Enum<?>[] constants) {
        return Arrays.stream(constants)
                .filter(TransactionQuery::isNamed)
                .map(Enum::name)
                .toList();
    }

    private <E extends Enum<E>> Stream<E> constant(Class<E> type, String field) {
        return Stream.of(get(field))
                .filter(name -> !name.isEmpty() && !isWrong(field))
                .map(name -> Enum.valueOf(type, name));
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

    /** Returns when the first of the pages was made that somebody turns, or whose script follows it. */
    Instant since(Instant now) {
        return get("asof").isEmpty() ? now : Instant.parse(get("asof"));
    }

    /** Tells whether others that match may have come since, and are counted. */
    boolean mayBeNewer(Instant now) {
        return since(now).isBefore(now) && isUnderstood() && !isSlowestFirst() && !needsLook();
    }

    /** Lists what was there then, so that a list that is made anew keeps its rows in their places. */
    TransactionFilter listed(Instant now) {
        Timestamp until = Times.proto(since(now).plus(1, ChronoUnit.MICROS));
        return mayBeNewer(now) ? filter(now).toBuilder().setCreatedBefore(until).build() : filter(now);
    }

    TransactionFilter newer(Instant now) {
        return filter(now).toBuilder().setCreatedAfter(Times.proto(since(now))).build();
    }

    /** Tells whether coordinators must look at each row, which takes too long for all rows. */
    boolean needsLook() {
        return constant(Waiting.Kind.class, "waits").anyMatch(kind -> !IN_TABLE.contains(kind));
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

    /** Returns the link to the list that it chooses. */
    public String list() {
        return choice().link("transactions");
    }

    /** Tells whether anything was chosen beside the order, understood or not. */
    public boolean isFiltered() {
        return !choice().with("order", "").values().isEmpty() || !unknown().isEmpty();
    }

    /** Tells whether something was chosen, and all of it is known: else an act would meet others than are meant. */
    public boolean isExact() {
        return isFiltered() && unknown().isEmpty();
    }

    /** Tells whether all values of the URL are known: else nothing is listed. */
    public boolean isUnderstood() {
        return unknown().isEmpty();
    }

    /** Returns the fields that have a value that is not known. */
    List<String> unknown() {
        return query.values().keySet().stream()
                .filter(field -> FIELDS.contains(field) && isWrong(field))
                .map(field -> field + "=" + get(field))
                .toList();
    }

    /** Tells whether a field of the form has a value that is not known. */
    public boolean isWrong(String field) {
        String value = get(field);
        boolean isKnown = field.equals("label")
                ? Arrays.stream(value.split(",", -1))
                        .allMatch(one -> one.strip().indexOf('=') > 0)
                : CHOICES.getOrDefault(field, List.of(value)).contains(value);
        return !value.isEmpty() && !isKnown;
    }

    /** Returns what was chosen, in words. */
    public List<String> words(Texts texts) {
        return choice().with("order", "").values().entrySet().stream()
                .map(one -> texts.of(
                        "pair",
                        texts.of("filter." + one.getKey()),
                        CHOICES.containsKey(one.getKey())
                                ? texts.of(one.getKey() + "." + one.getValue())
                                : one.getValue()))
                .toList();
    }

    /** Returns the options of the command line that choose the same among the open ones. */
    String options() {
        String only = switch (get("only")) {
            case "open" -> " --open";
            case "parked" -> " --parked";
            case "overdue" -> " --overdue";
            case "approval" -> " --awaiting-approval";
            default -> "";
        };
        String labels = labels().entrySet().stream()
                .map(label -> ActForm.option("label", label.getKey() + "=" + label.getValue()))
                .collect(Collectors.joining());
        String age = get("age");
        return only
                + ActForm.option("state", get("state"))
                + ActForm.option("waiting", get("waits"))
                + ActForm.option("park-reason", get("reason"))
                + ActForm.option("pattern", get("pattern"))
                + ActForm.option("participant", get("participant"))
                + ActForm.option("name", get("name"))
                + labels
                + ActForm.option("gid-prefix", get("gid"))
                + (age.isEmpty()
                        ? ""
                        : ActForm.option(age.charAt(0) == '+' ? "older-than" : "younger-than", age.substring(1)));
    }

    /** Returns the page that does an act to all that match. */
    public String href(String act) {
        return choice().with("order", "").with("act", act).link(PagePaths.OPERATION_ON_MANY);
    }
}
