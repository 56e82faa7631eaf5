package dev.entente.server.console;

import dev.entente.core.transaction.TransactionState;
import dev.entente.core.transaction.VisibleText;
import dev.entente.server.codec.wording.WaitSentence;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.Transaction;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The list of transactions.
 *
 * @param asked the values of the filter's fields
 * @param count the number of matches, in words; empty if the matches were not counted
 * @param tabs the states, and parked transactions
 * @param advice for parked transactions of the page, once for each park reason
 * @param notes on the extent of the search
 * @param newer the number of matches since the first page, in words; empty for none
 * @param next the link to the next page; empty for none
 */
public record TransactionsPage(
        TransactionQuery asked,
        ApiResult<List<TransactionRow>> rows,
        String count,
        List<Tab> tabs,
        List<String> advice,
        List<String> notes,
        String newer,
        String next,
        Texts texts) {
    /** The limit of a count of one table's rows. A larger count is shown as "10000+". */
    static final int MAX_COUNTED = 10_001;

    /** The limit of a count of new rows, which runs every few seconds. A larger count is shown as "1000+". */
    static final int MAX_NEWER = 1_001;

    /** The maximum number of finished transactions that a page inspects if no index supports its filter. */
    static final int MAX_EXAMINED = 100_000;

    /** A value that a field offers. */
    public record Choice(String value, String text, boolean isChosen) {}

    /** A link to the transactions of one state, with their number in words. The number is empty if unknown. */
    public record Tab(String text, String number, String href, boolean isChosen) {}

    /** @param counted by state: the number of matches in all tabs together */
    static TransactionsPage of(
            TransactionQuery asked,
            ApiResult<ListTransactionsResponse> listed,
            ApiResult<CountTransactionsResponse> counted,
            ApiResult<CountTransactionsResponse> newer,
            Instant now,
            Texts texts) {
        ListTransactionsResponse page = listed.value();
        List<Tab> tabs = tabs(asked, counted, texts);
        return new TransactionsPage(
                asked,
                listed.map(response -> response.getTransactionsList().stream()
                        .map(one -> TransactionRow.of(one, now, texts))
                        .toList()),
                page == null ? "" : count(asked, page, tabs),
                tabs,
                page == null ? List.of() : advice(page, texts),
                page == null ? List.of() : notes(asked, page, texts),
                newer(text(newer, MAX_NEWER, texts), texts),
                page == null
                        ? ""
                        : asked.choice()
                                .with("asof", asked.since(now).toString())
                                .next("page", page.getNextPageToken(), "transactions"),
                texts);
    }

    /** Returns whether the API refused the value of a field. */
    public boolean isRefused(String field) {
        return rows.findings().stream().anyMatch(finding -> finding.field().equals("filter." + field));
    }

    /** Returns whether the matches can be counted. After a limited search a count would repeat the same search. */
    static boolean isCounted(TransactionQuery asked, ApiResult<ListTransactionsResponse> listed) {
        ListTransactionsResponse page = listed.value();
        return page != null && page.getExamined() == 0 && !asked.examinesRows();
    }

    /** Returns the tabs. Without transactions a tab is left out, unless it is chosen or its number is unknown. */
    private static List<Tab> tabs(TransactionQuery asked, ApiResult<CountTransactionsResponse> counted, Texts texts) {
        return Stream.concat(
                        Stream.of("", TransactionQuery.PARKED),
                        Objects.requireNonNull(TransactionQuery.CHOICES.get("state")).stream())
                .map(state -> new Tab(
                        texts.of(state.isEmpty() ? "list.all" : "state." + state),
                        state.isEmpty() ? text(counted, MAX_COUNTED, texts) : number(state, counted.value(), texts),
                        asked.tab(state).list(),
                        asked.tab(state).choice().equals(asked.choice())))
                .filter(tab -> tab.isChosen() || !tab.number().equals("0"))
                .toList();
    }

    /** Open and finished transactions are counted up to a limit each, in any order. */
    private static String number(String state, @Nullable CountTransactionsResponse counts, Texts texts) {
        if (counts == null) {
            return "";
        }
        boolean isParked = state.equals(TransactionQuery.PARKED);
        long count = isParked ? counts.getParked() : counts.getByStateOrDefault(state, 0);
        boolean isOpen = isParked || !TransactionState.valueOf(state).isTerminal();
        if (!counts.getCapped() || (isOpen && counts.getOpen() < MAX_COUNTED)) {
            return Long.toString(count);
        }
        return count == 0 ? "" : texts.of("list.more-than", count);
    }

    private static String count(TransactionQuery asked, ListTransactionsResponse page, List<Tab> tabs) {
        return page.getNextPageToken().isEmpty() && asked.get("page").isEmpty()
                ? Integer.toString(page.getTransactionsCount())
                : tabs.stream().filter(Tab::isChosen).map(Tab::number).collect(Collectors.joining());
    }

    private static List<String> advice(ListTransactionsResponse page, Texts texts) {
        return page.getTransactionsList().stream()
                .filter(Transaction::hasParked)
                .map(Transaction::getParked)
                .map(parked -> texts.of(
                        "pair",
                        texts.word("reason", parked.getReason()),
                        VisibleText.of(WaitSentence.advice(parked, texts.words()))))
                .distinct()
                .toList();
    }

    private static List<String> notes(TransactionQuery asked, ListTransactionsResponse page, Texts texts) {
        List<String> notes = new ArrayList<>();
        if (page.getExamined() > 0) {
            notes.add(texts.of(asked.examinesRows() ? "list.looked-at" : "list.looked-at-ended", page.getExamined()));
        }
        if (page.getUnansweredCount() > 0) {
            notes.add(
                    asked.get("participant").isEmpty()
                            ? texts.of("list.unanswered", String.join(", ", page.getUnansweredList()))
                            : missing(page.getUnansweredList(), texts));
        }
        return notes;
    }

    /** Returns the note on coordinators in which transactions may wait that were not found. */
    static String missing(Collection<String> unanswered, Texts texts) {
        return texts.of("list.missing", unanswered.size(), String.join(", ", unanswered));
    }

    private static String newer(String number, Texts texts) {
        return number.isEmpty() || number.equals("0") ? "" : texts.of("list.newer", number);
    }

    private static String text(ApiResult<CountTransactionsResponse> counted, int most, Texts texts) {
        CountTransactionsResponse value = counted.value();
        return value == null
                ? ""
                : number(value.getByStateMap().values().stream().reduce(0L, Long::sum), most, texts);
    }

    /** Returns a count in words. The count ends at the maximum. */
    static String number(long count, int most, Texts texts) {
        return count >= most ? texts.of("list.more-than", most - 1) : Long.toString(count);
    }

    /** Returns whether one of the rarer fields has a value. */
    public boolean hasMore() {
        return Stream.of("name", "label", "age", "pattern", "reason", "error", "gids")
                .anyMatch(field -> !asked.get(field).isEmpty());
    }

    /** Returns the choices of a field. */
    public List<Choice> choices(String field) {
        String asked = asked().get(field);
        Stream<Choice> wrong = asked().isWrong(field) ? Stream.of(new Choice(asked, asked, true)) : Stream.empty();
        Stream<Choice> known = Objects.requireNonNull(TransactionQuery.CHOICES.get(field)).stream()
                .map(value -> new Choice(value, texts.of(field + "." + value), asked.equals(value)));
        return Stream.concat(wrong, known).toList();
    }
}
