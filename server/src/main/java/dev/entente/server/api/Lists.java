package dev.entente.server.api;

import com.google.protobuf.Timestamp;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.entente.core.codec.UnreadableRow;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.server.api.access.Caller;
import dev.entente.server.codec.PlanCodec;
import dev.entente.server.engine.Snapshot;
import dev.entente.server.engine.Snapshots;
import dev.entente.server.participant.guard.TargetGuard;
import dev.entente.server.store.FinishedRow;
import dev.entente.server.store.OpenRow;
import dev.entente.server.store.StoredTransaction;
import dev.entente.server.store.TransactionFilter;
import dev.entente.server.store.admin.Queries;
import dev.entente.server.telemetry.OpenCounts;
import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.ListRatesRequest;
import dev.entente.v1.ListRatesResponse;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.LookAtWaitingRequest;
import dev.entente.v1.LookAtWaitingResponse;
import dev.entente.v1.ParkedCount;
import dev.entente.v1.Transaction;
import dev.entente.v1.Waiting;
import dev.entente.wire.Times;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/**
 * Pages and counts of transactions from the tables, with the reason why each waits. If the tables cannot decide a
 * filter, each row of a page is examined, and rows that do not match are omitted. Thread-safe; does not block.
 */
final class Lists {
    /** The limit of rows that are examined for one count, or for one bulk operation. */
    static final int MAX_EXAMINED = 10_000;

    private static final int MAX_GROUPS = 100;

    private final Queries queries;
    private final PlanCodec codec;
    private final TransactionViews views;
    private final WaitSearch waits;
    private final AwaitedSearch awaited;
    private final TargetGuard guard;

    /** @param guard knows the names of participants */
    Lists(
            Queries queries,
            PlanCodec codec,
            TransactionViews views,
            WaitSearch waits,
            AwaitedSearch awaited,
            TargetGuard guard) {
        this.queries = queries;
        this.codec = codec;
        this.views = views;
        this.waits = waits;
        this.awaited = awaited;
        this.guard = guard;
    }

    CompletableFuture<ListTransactionsResponse> list(ListTransactionsRequest request, Caller caller) {
        int size = Filters.pageSize(request.getPageSize());
        boolean isSlowestFirst = switch (request.getOrder()) {
            case ORDER_UNSPECIFIED -> false;
            case SLOWEST -> true;
            case UNRECOGNIZED -> throw Filters.malformed("order", "leave it out, or set SLOWEST");
        };
        int look = maxExamined(request.getMaxExamined());
        return page(request.getFilter(), isSlowestFirst, size, request.getPageToken(), look, caller);
    }

    private static int maxExamined(int asked) {
        if (asked < 0) {
            throw Filters.malformed("max_examined", "must not be negative; 0 means all");
        }
        return asked;
    }

    /** Responds to another coordinator's list about the transactions in this coordinator's memory. */
    CompletableFuture<LookAtWaitingResponse> held(LookAtWaitingRequest request, Caller caller) {
        return request.hasFilter() && caller.isForwarded()
                ? awaited.held(request)
                : waits.held(request.getGidsList(), caller);
    }

    CompletableFuture<ListRatesResponse> rates(ListRatesRequest request) {
        return RatesView.of(request, queries);
    }

    private CompletableFuture<ListTransactionsResponse> page(
            dev.entente.v1.TransactionFilter wanted,
            boolean isSlowestFirst,
            int size,
            String token,
            int maxExamined,
            Caller caller) {
        return awaited.search(wanted, isSlowestFirst, token, caller)
                .thenCompose(found -> page(found, isSlowestFirst, size, token, maxExamined, caller));
    }

    private CompletableFuture<ListTransactionsResponse> page(
            AwaitedSearch.Found search,
            boolean isSlowestFirst,
            int size,
            String token,
            int maxExamined,
            Caller caller) {
        TransactionFilter filter = search.filter();
        int rows = filter.examinesRows() ? Filters.MAX_ROWS : size;
        CompletableFuture<Queries.Page> found =
                isSlowestFirst ? queries.slowest(filter, rows, token) : queries.list(filter, rows, token, maxExamined);
        return found.thenCompose(page -> {
            Map<String, Snapshot> snapshots = new HashMap<>();
            Map<String, Transaction> shown = new HashMap<>();
            page.rows().forEach(row -> read(row, snapshots, shown));
            return waits.at(snapshots.values(), caller).thenApply(seen -> {
                snapshots.forEach((gid, snapshot) -> shown.put(gid, seen.with(views.show(snapshot, caller))));
                Set<String> unanswered = new TreeSet<>(seen.unanswered());
                unanswered.addAll(search.unanswered());
                ListTransactionsResponse.Builder response =
                        ListTransactionsResponse.newBuilder().addAllUnanswered(unanswered);
                String next = filter.examinesRows()
                        ? choose(filter, isSlowestFirst, size, page, shown, response)
                        : chooseAll(page, shown, response);
                refuseUnknown(filter, response.getTransactionsCount() > 0 || !token.isEmpty() || !next.isEmpty());
                return response.setNextPageToken(next).build();
            });
        });
    }

    /** @throws Refusal ENT-014 for an unknown participant that no transaction waits for */
    private void refuseUnknown(TransactionFilter filter, boolean isFound) {
        Refusal unknown = isFound || filter.participant().isEmpty() ? null : guard.probeRefusal(filter.participant());
        if (unknown != null && unknown.code() == ErrorCode.PARTICIPANT_UNKNOWN) {
            throw Refusal.malformed(
                    ErrorCode.PARTICIPANT_UNKNOWN,
                    "filter.participant",
                    "'" + filter.participant()
                            + "' is not configured, and no transaction waits for it; correct the name,"
                            + " or list the names with: entente participant list");
        }
    }

    private static String chooseAll(
            Queries.Page page, Map<String, Transaction> shown, ListTransactionsResponse.Builder response) {
        page.rows().forEach(row -> response.addTransactions(Objects.requireNonNull(shown.get(row.gid()))));
        response.setExamined(page.examined());
        return page.nextToken();
    }

    /** Adds the matching rows, and returns the token of the next page. */
    private static String choose(
            TransactionFilter filter,
            boolean isSlowestFirst,
            int size,
            Queries.Page page,
            Map<String, Transaction> shown,
            ListTransactionsResponse.Builder response) {
        for (StoredTransaction row : page.rows()) {
            Transaction transaction = Objects.requireNonNull(shown.get(row.gid()));
            if (matches(filter, transaction.getWaiting())) {
                response.addTransactions(transaction);
            }
            response.setExamined(response.getExamined() + 1);
            boolean isFull = response.getTransactionsCount() == size;
            if (isFull
                    && row instanceof OpenRow open
                    && response.getExamined() < page.rows().size()) {
                return Queries.after(filter, isSlowestFirst, open);
            }
        }
        return page.nextToken();
    }

    private static boolean matches(TransactionFilter filter, Waiting waiting) {
        return filter.waits().kinds().stream().anyMatch(kind -> kind.code() == waiting.getKindValue())
                && (filter.participant().isEmpty() || filter.participant().equals(waiting.getParticipant()));
    }

    /**
     * Reports the pages of a filter that needs an examination of each row, newest first.
     *
     * @param token the start; empty for the newest
     * @param most the limit of matches
     * @param look the limit of examined rows
     * @return whether the matches are complete: false if the limit of examined rows was reached
     */
    private CompletableFuture<Boolean> each(
            dev.entente.v1.TransactionFilter wanted,
            String token,
            int most,
            int look,
            Caller caller,
            Consumer<ListTransactionsResponse> reported) {
        return page(wanted, false, Math.min(most, Filters.MAX_ROWS), token, 0, caller)
                .thenCompose(page -> {
                    reported.accept(page);
                    int more = most - page.getTransactionsCount();
                    int left = look - page.getExamined();
                    boolean isAll = page.getNextPageToken().isEmpty() || more == 0;
                    return isAll || left <= 0
                            ? CompletableFuture.completedFuture(isAll)
                            : each(wanted, page.getNextPageToken(), more, left, caller, reported);
                });
    }

    /**
     * The open transactions for a bulk operation, newest first.
     *
     * @param unanswered the coordinators whose transactions may be missing
     */
    record Matches(List<String> gids, Set<String> unanswered) {}

    /**
     * Finds the open transactions for a bulk operation.
     *
     * @return fails with ENT-001 if too many rows would have to be examined
     */
    CompletableFuture<Matches> open(dev.entente.v1.TransactionFilter wanted, int most, Caller caller) {
        TransactionFilter filter = awaited.filter(wanted);
        CompletableFuture<Matches> matches = filter.examinesRows()
                ? examined(wanted, most, caller)
                : awaited.search(wanted, false, "", caller)
                        .thenCompose(search -> queries.openGids(search.filter(), most)
                                .thenApply(gids -> new Matches(gids, search.unanswered())));
        return matches.thenApply(found -> {
            refuseUnknown(filter, !found.gids().isEmpty());
            return found;
        });
    }

    private CompletableFuture<Matches> examined(dev.entente.v1.TransactionFilter wanted, int most, Caller caller) {
        Matches matches = new Matches(new ArrayList<>(), new TreeSet<>());
        return each(wanted, "", most, MAX_EXAMINED, caller, page -> {
                    page.getTransactionsList().forEach(found -> matches.gids().add(found.getGid()));
                    matches.unanswered().addAll(page.getUnansweredList());
                })
                .thenApply(isAll -> {
                    if (!isAll) {
                        throw Filters.malformed(
                                "filter.waiting",
                                "more than " + MAX_EXAMINED + " open transactions must be examined; narrow the filter"
                                        + " by name, label, pattern or times, or set a lower limit");
                    }
                    return matches;
                });
    }

    private void read(StoredTransaction row, Map<String, Snapshot> readable, Map<String, Transaction> unreadable) {
        try {
            readable.put(row.gid(), Snapshots.of(row, codec));
        } catch (UnreadableRow why) { // an unreadable row must not hide the other rows
            if (why.isDamaged() && row instanceof OpenRow open) {
                readable.put(row.gid(), Snapshots.damaged(open, why, row.createdAt()));
            } else {
                unreadable.put(row.gid(), unreadable(row, why));
            }
        }
    }

    /** Returns the transaction from the row's columns only. */
    private static Transaction unreadable(StoredTransaction row, UnreadableRow why) {
        Transaction.Builder shown = Transaction.newBuilder()
                .setGid(row.gid())
                .setName(row.name())
                .setPatternValue(row.pattern().code())
                .setStateValue(row.state().code())
                .setDetail(String.valueOf(why.getMessage()))
                .setCreateTime(Times.proto(row.createdAt()));
        if (row instanceof FinishedRow finished) {
            shown.setTerminal(true).setFinishTime(Times.proto(finished.finishedAt()));
        }
        return shown.build();
    }

    CompletableFuture<CountTransactionsResponse> count(CountTransactionsRequest request, Caller caller) {
        int limit = request.getLimit();
        if (limit < 0) {
            throw Filters.malformed("limit", "must not be negative; 0 means " + Queries.MAX_COUNTED);
        }
        int look = maxExamined(request.getMaxExamined());
        if (awaited.filter(request.getFilter()).examinesRows()) {
            return examinedCount(
                    request.getFilter(), limit == 0 ? MAX_EXAMINED : Math.min(limit, MAX_EXAMINED), caller);
        }
        int most = limit == 0 ? Queries.MAX_COUNTED : Math.min(limit, Queries.MAX_COUNTED);
        return awaited.search(request.getFilter(), false, "", caller)
                .thenCompose(search -> queries.count(search.filter(), most, look, request.getByParkError())
                        .thenApply(counts -> {
                            CountTransactionsResponse.Builder shown = shown(counts);
                            return shown.addAllUnanswered(search.unanswered())
                                    .setCapped(shown.getCapped() || search.isCapped())
                                    .build();
                        }));
    }

    private CompletableFuture<CountTransactionsResponse> examinedCount(
            dev.entente.v1.TransactionFilter wanted, int most, Caller caller) {
        CountTransactionsResponse.Builder counts = CountTransactionsResponse.newBuilder();
        Set<String> unanswered = new TreeSet<>();
        return each(wanted, "", most, MAX_EXAMINED, caller, page -> {
                    page.getTransactionsList().forEach(found -> add(found, counts));
                    unanswered.addAll(page.getUnansweredList());
                })
                .thenApply(isAll -> counts.setCapped(!isAll || counts.getOpen() == most)
                        .addAllUnanswered(unanswered)
                        .build());
    }

    private static void add(Transaction found, CountTransactionsResponse.Builder counts) {
        String state = found.getState().name();
        counts.putByState(state, counts.getByStateOrDefault(state, 0) + 1);
        counts.setOpen(counts.getOpen() + 1);
        if (found.hasParked()) {
            counts.setParked(counts.getParked() + 1);
        }
        if (found.getWaiting().getKind() == Waiting.Kind.APPROVAL) {
            counts.setAwaitingApproval(counts.getAwaitingApproval() + 1);
        }
    }

    private static CountTransactionsResponse.Builder shown(Queries.Counts counts) {
        OpenCounts open = counts.open();
        CountTransactionsResponse.Builder response = CountTransactionsResponse.newBuilder()
                .setOpen(open.sum(_ -> true))
                .setParked(open.sum(group -> group.reason() != null))
                .setOverdue(open.overdue())
                .setAwaitingApproval(open.sum(OpenCounts.Group::awaitsApproval))
                .setCapped(counts.isCapped());
        if (open.overdue() > 0) {
            response.setOldestOverdue(Durations.fromMillis(open.overdueAge().toMillis()));
        }
        counts.finished().forEach((state, count) -> response.putByState(state.name(), count));
        Map<String, ParkedCount.Builder> parked = new TreeMap<>();
        for (OpenCounts.Group group : open.groups()) {
            String state = group.state().name();
            String pattern = group.pattern().name();
            response.putByState(state, response.getByStateOrDefault(state, 0) + group.count());
            response.putOpenByPattern(pattern, response.getOpenByPatternOrDefault(pattern, 0) + group.count());
            if (group.reason() != null && group.since() != null) {
                Timestamp since = Times.proto(group.since());
                ParkedCount.Builder same = parked.computeIfAbsent(
                        group.reason() + " " + group.participant() + " " + group.error(),
                        _ -> ParkedCount.newBuilder().setSince(since));
                same.setReasonValue(group.reason().code())
                        .setParticipant(group.participant())
                        .setError(group.error())
                        .setCount(same.getCount() + group.count())
                        .setSince(Timestamps.compare(since, same.getSince()) < 0 ? since : same.getSince());
            }
        }
        parked.values().stream()
                .sorted(Comparator.comparingLong(ParkedCount.Builder::getCount).reversed())
                .limit(MAX_GROUPS)
                .forEach(response::addParkedBy);
        return response;
    }
}
