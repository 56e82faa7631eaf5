package dev.entente.server.console;

import dev.entente.server.console.part.ApiCalls;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.PagePaths;
import dev.entente.server.http.WebResponse;
import dev.entente.v1.Coordinator;
import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.GetStatisticsRequest;
import dev.entente.v1.ListCoordinatorsRequest;
import dev.entente.v1.ListCoordinatorsResponse;
import dev.entente.v1.ListParticipantsRequest;
import dev.entente.v1.ListParticipantsResponse;
import dev.entente.v1.ListRatesRequest;
import dev.entente.v1.ListRatesResponse;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.Participant;
import dev.entente.v1.ProbeParticipantRequest;
import dev.entente.v1.Statistics;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.v1.TransactionServiceGrpc;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Requests the data of each page from the API, and makes the page. Independent requests run concurrently. Blocks. */
record Pages(ApiCalls api, BulkRuns runs) {
    /** The maximum number of coordinators that are asked for counters. A database rarely has more coordinators. */
    private static final int MAX_ASKED = 16;

    private static final int SECONDS_PER_MINUTE = 60;

    /** Returns the page of the frame's path. */
    View view(Frame frame) {
        return switch (frame.page()) {
            case "" -> View.of(frame, "overview.jte", overview(frame));
            case "transactions" -> transactions(frame);
            case PagePaths.OPERATION_ON_MANY -> new BulkPages(api, runs).page(frame);
            case "transaction" -> ofTransaction().story(frame);
            case PagePaths.PAYLOAD -> ofTransaction().payload(frame);
            case PagePaths.OPERATION -> ofTransaction().act(frame);
            case "participants" -> participants(frame, null);
            case "approvals" -> new WaitingPages(api).approvals(frame);
            case PagePaths.NEW -> View.of(frame, "new.jte", NewPage.of(frame));
            case "topics" -> new WaitingPages(api).topics(frame);
            case "coordinators" -> View.of(frame, "coordinators.jte", coordinators(frame));
            case "audit" -> AuditPage.view(frame, api);
            default -> View.message(frame, 404, "not-found", "");
        };
    }

    /** Returns the audit, a transaction or a payload as a file; null if the page shows the reason. */
    @Nullable
    WebResponse file(Frame frame) {
        return switch (frame.page()) {
            case "audit" -> AuditPage.file(frame.query(), api);
            case "transaction" -> ofTransaction().json(frame);
            default -> ofTransaction().file(frame);
        };
    }

    /**
     * Returns a number that changes with the page's content, and with each minute because ages are in words. All users
     * with the same view share one request to the API per second.
     */
    int fingerprint(Frame frame) {
        if (!frame.visitor().lacks(frame.page()).isEmpty()) {
            return 0;
        }
        int shown = switch (frame.page()) {
            case "" -> overview(frame).fingerprint();
            case "participants" -> participants().get().hashCode();
            case "coordinators" -> coordinators(frame).hashCode();
            case "transaction" -> ofTransaction().fingerprint(frame);
            case "transactions" -> list(frame, new TransactionQuery(frame.query()));
            default -> 0;
        };
        return Objects.hash(shown, frame.now().getEpochSecond() / SECONDS_PER_MINUTE);
    }

    private Supplier<ApiResult<CountTransactionsResponse>> count(Frame frame, TransactionQuery asked) {
        return count(asked.filter(frame.now()), TransactionsPage.MAX_COUNTED);
    }

    private Supplier<ApiResult<CountTransactionsResponse>> count(TransactionFilter filter, int most) {
        return api.askShared(TransactionServiceGrpc.getCountTransactionsMethod(), counting(filter, most));
    }

    private static CountTransactionsRequest counting(TransactionFilter filter, int most) {
        return CountTransactionsRequest.newBuilder()
                .setFilter(filter)
                .setLimit(most)
                .setMaxExamined(TransactionsPage.MAX_EXAMINED)
                .build();
    }

    /** @param participant for which the open transactions wait; empty for all open transactions */
    private Supplier<ApiResult<CountTransactionsResponse>> open(String participant) {
        TransactionFilter filter = TransactionFilter.newBuilder()
                .setOnlyOpen(true)
                .setParticipant(participant)
                .build();
        CountTransactionsRequest request = counting(filter, TransactionsPage.MAX_COUNTED).toBuilder()
                .setByParkError(participant.isEmpty())
                .build();
        return api.askKept(TransactionServiceGrpc.getCountTransactionsMethod(), request);
    }

    private OverviewPage overview(Frame frame) {
        Supplier<ApiResult<CountTransactionsResponse>> counts = open("");
        boolean isOperator = frame.visitor().isOperator();
        Supplier<ApiResult<Statistics>> own = isOperator ? statistics(0) : () -> ApiResult.failed("");
        boolean isOfDay = frame.query().get("span").equals("day");
        ListRatesRequest span = ListRatesRequest.newBuilder()
                .setSpanValue(isOfDay ? ListRatesRequest.Span.DAY_VALUE : 0)
                .build();
        Supplier<ApiResult<ListRatesResponse>> rates = api.askKept(TransactionServiceGrpc.getListRatesMethod(), span);
        ApiResult<List<CoordinatorRow>> coordinators = isOperator ? coordinators(frame) : ApiResult.failed("");
        return OverviewPage.of(
                counts.get(),
                unavailable(own.get(), coordinators),
                coordinators,
                rates.get().map(found -> RateGraphs.of(found, isOfDay, frame.now(), frame.texts())),
                frame.now(),
                frame.texts());
    }

    /** Returns the participants that do not respond to this coordinator, which needs no database, or to another one. */
    private ApiResult<List<UnavailableParticipant>> unavailable(
            ApiResult<Statistics> own, ApiResult<List<CoordinatorRow>> coordinators) {
        Statistics known = own.value();
        List<CoordinatorRow> rows = coordinators.value();
        List<Participant> reported = new ArrayList<>(known == null ? List.of() : known.getParticipantsList());
        if (rows != null) {
            rows.forEach(row -> reported.addAll(row.unavailable()));
        }
        return own.with(UnavailableParticipant.of(reported, this::open));
    }

    /** Returns the coordinators, each with its counters. */
    private ApiResult<List<CoordinatorRow>> coordinators(Frame frame) {
        ApiResult<ListCoordinatorsResponse> listed = api.askKept(
                        OperatorServiceGrpc.getListCoordinatorsMethod(), ListCoordinatorsRequest.getDefaultInstance())
                .get();
        return listed.map(response -> {
            List<Supplier<ApiResult<Statistics>>> asked = new ArrayList<>();
            for (Coordinator one : response.getCoordinatorsList()) {
                asked.add(statistics(frame, one, asked.size() < MAX_ASKED));
            }
            return IntStream.range(0, asked.size())
                    .mapToObj(i -> CoordinatorRow.of(
                            response.getCoordinators(i), asked.get(i).get(), frame.now(), frame.texts()))
                    .toList();
        });
    }

    private Supplier<ApiResult<Statistics>> statistics(Frame frame, Coordinator one, boolean isAsked) {
        if (!one.getAlive() || !isAsked) {
            return () -> ApiResult.failed(frame.t(isAsked ? "counts.gone" : "counts.many"));
        }
        return statistics(one.getIncarnation());
    }

    /** @param incarnation 0 for this coordinator */
    private Supplier<ApiResult<Statistics>> statistics(long incarnation) {
        GetStatisticsRequest request =
                GetStatisticsRequest.newBuilder().setIncarnation(incarnation).build();
        return api.askKept(OperatorServiceGrpc.getGetStatisticsMethod(), request);
    }

    private Supplier<ApiResult<ListTransactionsResponse>> listed(Frame frame, TransactionQuery asked) {
        ListTransactionsRequest.Order order = asked.isSlowestFirst()
                ? ListTransactionsRequest.Order.SLOWEST
                : ListTransactionsRequest.Order.ORDER_UNSPECIFIED;
        ListTransactionsRequest request = ListTransactionsRequest.newBuilder()
                .setFilter(asked.listed(frame.now()))
                .setOrder(order)
                .setPageToken(asked.get("page"))
                .setMaxExamined(TransactionsPage.MAX_EXAMINED)
                .build();
        return api.askShared(TransactionServiceGrpc.getListTransactionsMethod(), request);
    }

    /** Returns a number that changes with a list, or 0 if the list needs requests to coordinators. */
    private int list(Frame frame, TransactionQuery asked) {
        if (asked.examinesRows()) {
            return 0;
        }
        Supplier<ApiResult<ListTransactionsResponse>> listed = listed(frame, asked);
        Supplier<ApiResult<CountTransactionsResponse>> newer = newer(frame, asked);
        return Objects.hash(listed.get().map(Pages::timeless), newer.get());
    }

    private static List<Object> timeless(ListTransactionsResponse page) {
        List<Transaction> rows = page.getTransactionsList().stream()
                .map(TransactionPages::timeless)
                .toList();
        return List.of(rows, page.getUnansweredList());
    }

    private Supplier<ApiResult<CountTransactionsResponse>> newer(Frame frame, TransactionQuery asked) {
        return asked.mayBeNewer(frame.now())
                ? count(asked.newer(frame.now()), TransactionsPage.MAX_NEWER)
                : () -> ApiResult.failed("");
    }

    private View transactions(Frame frame) {
        TransactionQuery asked = new TransactionQuery(frame.query());
        Supplier<ApiResult<ListTransactionsResponse>> listing = asked.isUnderstood()
                ? listed(frame, asked)
                : () -> ApiResult.failed(400, frame.t("filter.unknown", String.join(", ", asked.unknown())));
        Supplier<ApiResult<CountTransactionsResponse>> newer = newer(frame, asked);
        // Behind a filter, only the list's response shows whether counting is possible.
        TransactionQuery all = asked.tab("");
        var ofAll = all.isFiltered() ? null : count(frame, all);
        ApiResult<ListTransactionsResponse> listed = listing.get();
        ApiResult<CountTransactionsResponse> counted = ApiResult.failed("");
        if (ofAll != null || TransactionsPage.isCounted(asked, listed)) {
            counted = (ofAll == null ? count(frame, all) : ofAll).get();
        }
        TransactionsPage page = TransactionsPage.of(asked, listed, counted, newer.get(), frame.now(), frame.texts());
        return View.of(frame, "transactions.jte", page, listed);
    }

    /** Returns the pages of one transaction. */
    TransactionPages ofTransaction() {
        return new TransactionPages(api);
    }

    /** Executes a form. Returns the page of the result, or the form again with the error. */
    View posted(Frame frame) {
        return switch (frame.page()) {
            case PagePaths.OPERATION -> ofTransaction().acted(frame);
            case PagePaths.OPERATION_ON_MANY -> new BulkPages(api, runs).posted(frame);
            case PagePaths.NEW -> NewPage.posted(frame, api);
            case "transaction" ->
                frame.mayOperate() ? ofTransaction().story(frame) : View.message(frame, 403, "no-acts", "");
            case "participants" -> probed(frame);
            default -> view(frame);
        };
    }

    private View probed(Frame frame) {
        if (!frame.mayOperate()) {
            return View.message(frame, 403, "no-acts", "");
        }
        ProbeParticipantRequest request = ProbeParticipantRequest.newBuilder()
                .setName(frame.query().get("name"))
                .build();
        return participants(frame, api.carryOut(OperatorServiceGrpc.getProbeParticipantMethod(), request));
    }

    /** @param probed null if no participant was probed just now */
    private View participants(Frame frame, @Nullable ApiResult<Participant> probed) {
        ParticipantsPage page = new ParticipantsPage(participants().get(), probed, frame.texts());
        return new View(frame, probed == null ? 200 : probed.status(), "participants.jte", page);
    }

    private Supplier<ApiResult<ListParticipantsResponse>> participants() {
        return api.askShared(
                OperatorServiceGrpc.getListParticipantsMethod(), ListParticipantsRequest.getDefaultInstance());
    }
}
