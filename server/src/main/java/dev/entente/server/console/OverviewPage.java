package dev.entente.server.console;

import dev.entente.core.transaction.VisibleText;
import dev.entente.server.console.drawing.StatusStyle;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Badge;
import dev.entente.server.console.part.DisplayedTime;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.ParkedCount;
import dev.entente.v1.Participant;
import dev.entente.v1.Pattern;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The first page: items that need attention, then counts and coordinators.
 *
 * @param attention by impact; empty if no item needs attention
 * @param failures the errors of parts, some of which show earlier values
 * @param open the number of open transactions; empty if unknown
 * @param graphs the transactions of all coordinators per minute
 * @param coordinators the running coordinators
 */
public record OverviewPage(
        List<Attention> attention,
        List<ApiResult<?>> failures,
        String open,
        List<Tile> patterns,
        ApiResult<RateGraphs> graphs,
        List<CoordinatorRow> coordinators) {
    /**
     * An item that needs a person's attention.
     *
     * @param count empty for a single item
     * @param detail may be empty
     * @param act the operation of the bulk form; empty for none
     * @param bulk the link to the bulk form; empty for none
     * @param alert the alert with the runbook; empty for none
     */
    public record Attention(
            Badge badge, String count, String text, String detail, String href, String act, String bulk, String alert) {
        Attention(Badge badge, String count, String text, String detail, String href, String alert) {
            this(badge, count, text, detail, href, "", "", alert);
        }
    }

    /** A number and what it counts. */
    public record Tile(String number, String text, String href) {}

    /** The anchor of the rows. A link from an item that needs attention skips the page's filter. */
    private static final String ROWS = "#rows";

    static OverviewPage of(
            ApiResult<CountTransactionsResponse> counted,
            ApiResult<List<UnavailableParticipant>> participants,
            ApiResult<List<CoordinatorRow>> coordinators,
            ApiResult<RateGraphs> graphs,
            Instant now,
            Texts texts) {
        List<Attention> attention = new ArrayList<>();
        List<UnavailableParticipant> unavailable = participants.value() == null ? List.of() : participants.value();
        unavailable.forEach(one -> attention.add(unavailable(one, now, texts)));
        List<CoordinatorRow> rows = coordinators.value() == null ? List.of() : coordinators.value();
        rows.stream()
                .filter(row -> !row.alert().isEmpty())
                .sorted(Comparator.comparingLong(row -> -row.one().getOpen()))
                .forEach(row -> attention.add(unavailable(row, texts)));
        CountTransactionsResponse counts = counted.value();
        if (counts != null) {
            Set<String> silent =
                    unavailable.stream().map(one -> one.participant().getName()).collect(Collectors.toSet());
            boolean isCurrent = counted.error().isEmpty();
            for (ParkedCount group : counts.getParkedByList()) {
                boolean mayRetry = isCurrent && !silent.contains(group.getParticipant());
                attention.add(parked(group, mayRetry, now, texts));
            }
            waiting(attention, counts, texts);
        }
        Stream<ApiResult<?>> parts = Stream.concat(
                Stream.of(counted, participants, coordinators),
                unavailable.stream().map(UnavailableParticipant::counted));
        List<ApiResult<?>> failures = parts.filter(part -> !part.error().isEmpty())
                .<ApiResult<?>>map(part -> part.with(null))
                .distinct()
                .toList();
        return new OverviewPage(
                List.copyOf(attention),
                failures,
                counts == null ? "" : number(counts.getOpen(), texts),
                counts == null ? List.of() : patterns(counts, texts),
                graphs,
                rows.stream().filter(row -> row.one().getAlive()).toList());
    }

    /** Returns whether there is no open transaction, and each coordinator has accepted none since its start. */
    public boolean isNew() {
        return open.equals("0")
                && !coordinators.isEmpty()
                && coordinators.stream()
                        .map(row -> row.counts().value())
                        .allMatch(one -> one != null && one.accepted() == 0);
    }

    /** Returns a number that changes with the content of the page, but not with coordinators' heartbeats. */
    int fingerprint() {
        List<List<Object>> shown = coordinators.stream()
                .map(row -> List.<Object>of(row.one().getNode(), row.life(), row.counts()))
                .toList();
        return Objects.hash(attention, failures, open, patterns, graphs, shown);
    }

    private static Attention parked(ParkedCount group, boolean mayRetry, Instant now, Texts texts) {
        TransactionQuery query = new TransactionQuery(Query.NONE
                .with("only", "parked")
                .with("reason", group.getReason().name())
                .with("error", group.getError())
                .with("participant", group.getParticipant()));
        String act = OfferedOperation.recommended(group.getReason(), group.getError());
        String since = DisplayedTime.of(group.getSince(), now, texts).relative();
        return new Attention(
                new Badge(StatusStyle.BAD, texts.of("state.PARKED")),
                number(group.getCount(), texts),
                texts.word("reason", group.getReason()),
                Stream.of(texts.of("attention.since", since), group.getParticipant(), VisibleText.of(group.getError()))
                        .filter(text -> !text.isEmpty())
                        .collect(Collectors.joining(" \u00b7 ")),
                query.list() + ROWS,
                act,
                mayRetry && TransactionQuery.OPERATIONS.contains(act) ? query.href(act) : "",
                "EntenteParked");
    }

    private static void waiting(List<Attention> attention, CountTransactionsResponse counts, Texts texts) {
        if (counts.getOverdue() > 0) {
            attention.add(new Attention(
                    new Badge(StatusStyle.WAIT, texts.of("attention.overdue.badge")),
                    number(counts.getOverdue(), texts),
                    texts.of("attention.overdue", counts.getOverdue()),
                    counts.hasOldestOverdue()
                            ? texts.of(
                                    "attention.longest",
                                    texts.span(Duration.ofSeconds(
                                            counts.getOldestOverdue().getSeconds())))
                            : "",
                    Query.NONE.with("only", "overdue").link("transactions") + ROWS,
                    "EntenteOverdue"));
        }
        if (counts.getAwaitingApproval() > 0) {
            attention.add(new Attention(
                    new Badge(StatusStyle.WAIT, texts.of("attention.approval.badge")),
                    number(counts.getAwaitingApproval(), texts),
                    texts.of("attention.approval", counts.getAwaitingApproval()),
                    "",
                    "approvals",
                    ""));
        }
    }

    private static Attention unavailable(UnavailableParticipant one, Instant now, Texts texts) {
        Participant participant = one.participant();
        DisplayedTime since = DisplayedTime.of(participant.getUnansweredSince(), now, texts);
        CountTransactionsResponse counted = one.counted().value();
        List<String> missing = counted == null ? List.of() : counted.getUnansweredList();
        return new Attention(
                new Badge(StatusStyle.BAD, texts.of(one.isHung() ? "attention.hung" : "attention.unreachable")),
                counted == null ? "" : number(counted.getOpen(), texts),
                counted == null
                        ? participant.getName()
                        : texts.of("attention.awaits", participant.getName(), counted.getOpen()),
                Stream.of(
                                participant.hasUnansweredSince()
                                        ? texts.of("attention.unanswered", since.clock(), since.relative())
                                        : "",
                                participant.getLastError(),
                                missing.isEmpty() ? "" : TransactionsPage.missing(missing, texts))
                        .filter(text -> !text.isEmpty())
                        .collect(Collectors.joining(" \u00b7 ")),
                Query.NONE
                                .with("only", "open")
                                .with("participant", participant.getName())
                                .link("transactions")
                        + ROWS,
                "EntenteParticipantUnresponsive");
    }

    private static Attention unavailable(CoordinatorRow row, Texts texts) {
        String text = row.one().getLeaseExpired() ? "attention.expired" : "attention.gone";
        return new Attention(
                row.life(),
                Long.toString(row.one().getOpen()),
                texts.of(text, row.one().getNode(), row.one().getOpen()),
                "",
                "coordinators",
                row.alert());
    }

    private static List<Tile> patterns(CountTransactionsResponse counts, Texts texts) {
        Query open = Query.NONE.with("only", "open");
        return Stream.of(Pattern.values())
                .filter(TransactionQuery::isNamed)
                .map(pattern -> new Tile(
                        number(counts.getOpenByPatternOrDefault(pattern.name(), 0), texts),
                        texts.word("pattern", pattern),
                        open.with("pattern", pattern.name()).link("transactions")))
                .toList();
    }

    private static String number(long count, Texts texts) {
        return TransactionsPage.number(count, TransactionsPage.MAX_COUNTED, texts);
    }
}
