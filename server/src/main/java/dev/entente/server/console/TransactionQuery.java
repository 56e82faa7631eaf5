package dev.entente.server.console;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import dev.entente.server.console.part.DisplayedTime;
import dev.entente.server.console.part.PagePaths;
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
 * The filter of a URL for a list of transactions, as text. The API gets no request if a value is unknown.
 *
 * @param query of the URL
 */
public record TransactionQuery(Query query) {
    /** The ages to choose from: {@code +} for at least this age, {@code -} for younger. */
    private static final Map<String, Duration> AGES = Map.of(
            "15m", Duration.ofMinutes(15),
            "1h", Duration.ofHours(1),
            "24h", Duration.ofHours(24),
            "7d", Duration.ofDays(7));

    /** The waits that are stored in the table. */
    private static final Set<Waiting.Kind> IN_TABLE = EnumSet.of(
            Waiting.Kind.PARKED,
            Waiting.Kind.APPROVAL,
            Waiting.Kind.CLIENT_DECISION,
            Waiting.Kind.CHECK_BACK,
            Waiting.Kind.START_TIME,
            Waiting.Kind.NO_CAPACITY,
            Waiting.Kind.DEAD_OWNER);

    /** The fields with fixed values, and these values. Each value has its own text. */
    static final Map<String, List<String>> CHOICES = Map.of(
            "only", List.of("open", "parked", "overdue", "approval"),
            "state", names(Transaction.State.values()),
            "waits", names(Waiting.Kind.values()),
            "reason", names(Parked.Reason.values()),
            "pattern", names(Pattern.values()),
            "age", List.of("-15m", "-1h", "-24h", "-7d", "+15m", "+1h", "+24h", "+7d"),
            "order", List.of("slowest"));

    /** The operations that are possible on all matching transactions. */
    public static final List<String> OPERATIONS = List.of("retry", "resume", "park", "abort");

    /** The fields of the form, in their order. */
    static final List<String> FIELDS = List.of(
            "only state waits reason error pattern participant name label gid gids age from to order".split(" ", -1));

    /** The tab of parked transactions. */
    static final String PARKED = "PARKED";

    /** The prefix of the name of a transaction's check box. */
    public static final String CHECK = "tx-";

    /** Returns the query with the gids of checked boxes in the field {@code gids}. */
    static TransactionQuery checked(Query query) {
        String gids = query.values().keySet().stream()
                .filter(field -> field.startsWith(CHECK))
                .map(field -> field.substring(CHECK.length()))
                .collect(Collectors.joining(" "));
        return new TransactionQuery(gids.isEmpty() ? query : query.with("gids", gids));
    }

    TransactionFilter filter(Instant now) {
        TransactionFilter.Builder filter = TransactionFilter.newBuilder()
                .setName(query.get("name"))
                .setParticipant(query.get("participant"))
                .setGidPrefix(query.get("gid"))
                .setParkError(query.get("error"))
                .addAllGids(gids());
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
        DisplayedTime.parsed(get("from"))
                .filter(from -> from.isAfter(Times.instant(filter.getCreatedAfter())))
                .map(Times::proto)
                .ifPresent(filter::setCreatedAfter);
        DisplayedTime.parsed(get("to")).map(Times::proto).ifPresent(filter::setCreatedBefore);
        return filter.build();
    }

    private List<String> gids() {
        return get("gids").isEmpty() ? List.of() : List.of(get("gids").split(" +", -1));
    }

    /** Returns the labels, without labels that have no name. */
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

    /** Returns whether users can choose a constant. */
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

    /** Returns the time of the first page. Its next pages and its script keep this time. */
    Instant since(Instant now) {
        return DisplayedTime.parsed(get("asof")).orElse(now);
    }

    /** Returns whether the page counts the matches that are newer than its first page. */
    boolean mayBeNewer(Instant now) {
        return since(now).isBefore(now)
                && get("to").isEmpty()
                && isUnderstood()
                && !isSlowestFirst()
                && !examinesRows();
    }

    /** Returns the filter for transactions that existed at the first page, so that rows keep their positions. */
    TransactionFilter listed(Instant now) {
        Timestamp until = Times.proto(since(now).plus(1, ChronoUnit.MICROS));
        return mayBeNewer(now) ? filter(now).toBuilder().setCreatedBefore(until).build() : filter(now);
    }

    TransactionFilter newer(Instant now) {
        return filter(now).toBuilder().setCreatedAfter(Times.proto(since(now))).build();
    }

    /** Returns whether coordinators must inspect each row, which takes too long for all rows. */
    boolean examinesRows() {
        return constant(Waiting.Kind.class, "waits").anyMatch(kind -> !IN_TABLE.contains(kind));
    }

    boolean isSlowestFirst() {
        return query.get("order").equals("slowest");
    }

    /** Returns the value of a field of the form. */
    public String get(String field) {
        return query.get(field);
    }

    /** Returns the part of the query that chooses the rows, without the position in the list. */
    public Query choice() {
        Query choice = Query.NONE;
        for (String field : FIELDS) {
            choice = choice.with(field, query.get(field));
        }
        return choice;
    }

    /** Returns the link to the list of the chosen rows. */
    public String list() {
        return choice().link("transactions");
    }

    /** Returns the query of a state, of {@link #PARKED} ones, or of all if empty. Other fields are unchanged. */
    TransactionQuery tab(String name) {
        boolean isParked = name.equals(PARKED);
        boolean wasParked = get("state").isEmpty() && get("only").equals("parked");
        Query of = choice().with("state", isParked ? "" : name);
        return new TransactionQuery(isParked || wasParked ? of.with("only", isParked ? "parked" : "") : of);
    }

    /** Returns whether a field other than the order has a value, known or unknown. */
    public boolean isFiltered() {
        return !choice().with("order", "").values().isEmpty() || !unknown().isEmpty();
    }

    /** Returns whether values exist and all are known. Otherwise an operation could affect other transactions. */
    public boolean isExact() {
        return isFiltered() && unknown().isEmpty();
    }

    /** Returns whether all values of the URL are known. Otherwise the page lists no transactions. */
    public boolean isUnderstood() {
        return unknown().isEmpty();
    }

    /** Returns the fields that have an unknown value. */
    List<String> unknown() {
        return query.values().keySet().stream()
                .filter(field -> FIELDS.contains(field) && isWrong(field))
                .map(field -> field + "=" + get(field))
                .toList();
    }

    /** Returns whether a field of the form has an unknown value. */
    public boolean isWrong(String field) {
        String value = get(field);
        boolean isKnown = switch (field) {
            case "label" ->
                Arrays.stream(value.split(",", -1)).allMatch(one -> one.strip().indexOf('=') > 0);
            case "from", "to" -> PageFields.isTime(value);
            default -> CHOICES.getOrDefault(field, List.of(value)).contains(value);
        };
        return !value.isEmpty() && !isKnown;
    }

    /** Returns the chosen values, in words. */
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

    private String time(String field) {
        return DisplayedTime.parsed(get(field)).map(Instant::toString).orElse("");
    }

    /** Returns the command line options that choose the same open transactions. */
    String options() {
        String only = switch (get("only")) {
            case "open" -> " --open";
            case "parked" -> " --parked";
            case "overdue" -> " --overdue";
            case "approval" -> " --awaiting-approval";
            default -> "";
        };
        String labels = labels().entrySet().stream()
                .map(label -> OperationForm.option("label", label.getKey() + "=" + label.getValue()))
                .collect(Collectors.joining());
        String gids =
                gids().stream().map(gid -> OperationForm.option("gid", gid)).collect(Collectors.joining());
        String age = get("age");
        return only
                + OperationForm.option("state", get("state"))
                + OperationForm.option("waiting", get("waits"))
                + OperationForm.option("park-reason", get("reason"))
                + OperationForm.option("park-error", get("error"))
                + OperationForm.option("pattern", get("pattern"))
                + OperationForm.option("participant", get("participant"))
                + OperationForm.option("name", get("name"))
                + labels
                + OperationForm.option("gid-prefix", get("gid"))
                + gids
                + OperationForm.option("created-after", time("from"))
                + OperationForm.option("created-before", time("to"))
                + (age.isEmpty()
                        ? ""
                        : OperationForm.option(age.charAt(0) == '+' ? "older-than" : "younger-than", age.substring(1)));
    }

    /** Returns the link to the page of an operation on all matches. */
    public String href(String act) {
        return choice().with("order", "").with("operation", act).link(PagePaths.OPERATION_ON_MANY);
    }
}
