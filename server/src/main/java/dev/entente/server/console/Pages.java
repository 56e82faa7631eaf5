package dev.entente.server.console;

import com.google.protobuf.Timestamp;
import dev.entente.server.console.part.ApiCalls;
import dev.entente.server.console.part.Part;
import dev.entente.server.console.part.Query;
import dev.entente.v1.Coordinator;
import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.GetStatisticsRequest;
import dev.entente.v1.ListCoordinatorsRequest;
import dev.entente.v1.ListCoordinatorsResponse;
import dev.entente.v1.ListParticipantsRequest;
import dev.entente.v1.ListParticipantsResponse;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.Participant;
import dev.entente.v1.ProbeParticipantRequest;
import dev.entente.v1.Statistics;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionFilter;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks the API for what each page needs, all of it at once, and makes the page of the answers. Thread-safe; blocks for
 * as long as one answer may take, or two where the second needs the first.
 */
final class Pages {
    /** Coordinators that are asked what they counted; a database hardly ever has more. */
    private static final int MOST_ASKED = 16;

    /** Longer than the API waits for a participant. */
    private static final Duration PROBE_PATIENCE = Duration.ofSeconds(10);

    /** Time that a plan's answer may take: its participants may be asked for their types first. */
    private static final Duration PLAN_PATIENCE = Duration.ofSeconds(15);

    private static final int SECONDS_PER_MINUTE = 60;

    private final ApiCalls api;
    private final TransactionPages transactions;
    private final BulkPages bulk;

    Pages(ApiCalls api, BulkRuns runs) {
        this.api = api;
        this.transactions = new TransactionPages(api);
        this.bulk = new BulkPages(api, runs);
    }

    /** Returns the page of the frame's path. */
    View view(Frame frame) {
        return switch (frame.page()) {
            case "" -> View.of(frame, "overview.jte", overview(frame));
            case "transactions" -> transactions(frame);
            case BulkPages.PATH -> bulk.page(frame);
            case "transaction" -> transactions.story(frame);
            case PayloadPage.PATH -> transactions.payload(frame);
            case "transaction/act" -> transactions.act(frame);
            case "participants" -> participants(frame, null);
            case "approvals" -> new WaitingPages(api).approvals(frame);
            case NewPage.PATH -> View.of(frame, "new.jte", NewPage.of(frame));
            case "topics" -> new WaitingPages(api).topics(frame);
            case "coordinators" ->
                View.of(frame, "coordinators.jte", coordinators(frame).shown());
            case "audit" -> AuditPage.view(frame, api);
            default -> View.message(frame, 404, "not-found", "");
        };
    }

    private <Q, R> Supplier<Part<R>> askShared(Frame frame, MethodDescriptor<Q, R> method, Q request) {
        return api.askShared(method, request, frame.texts());
    }

    /**
     * Returns a number that changes with what the frame's page shows, and with each minute, for its ages are in words.
     * The API is asked once a second for all who look at the same.
     */
    int fingerprint(Frame frame) {
        if (!frame.visitor().lacks(frame.page()).isEmpty()) {
            return 0;
        }
        int shown = switch (frame.page()) {
            case "" -> overview(frame).fingerprint();
            case "participants" -> participants(frame).get().hashCode();
            case "coordinators" -> coordinators(frame).shown().hashCode();
            case "transaction" -> transactions.fingerprint(frame);
            case "transactions" -> {
                ListQuestion list = new ListQuestion(frame);
                yield list.asked().needsLook()
                        ? 0
                        : Objects.hash(
                                listed(frame, list).map(Pages::timeless),
                                newer(frame, list).get());
            }
            default -> 0;
        };
        return Objects.hash(shown, frame.now().getEpochSecond() / SECONDS_PER_MINUTE);
    }

    private Supplier<Part<CountTransactionsResponse>> count(Frame frame, TransactionFilter filter, int most) {
        CountTransactionsRequest request = CountTransactionsRequest.newBuilder()
                .setFilter(filter)
                .setLimit(most)
                .setLookAtMost(TransactionsPage.MOST_LOOKED_AT)
                .build();
        return askShared(frame, TransactionServiceGrpc.getCountTransactionsMethod(), request);
    }

    private OverviewPage overview(Frame frame) {
        TransactionFilter open =
                TransactionFilter.newBuilder().setOnlyOpen(true).build();
        Supplier<Part<CountTransactionsResponse>> counts = count(frame, open, TransactionsPage.MOST_COUNTED);
        boolean isOperator = frame.visitor().isOperator();
        Supplier<Part<ListParticipantsResponse>> participants =
                isOperator ? participants(frame) : () -> Part.failed("");
        Coordinators coordinators = isOperator ? coordinators(frame) : new Coordinators(Part.failed(""), List.of());
        return OverviewPage.of(
                counts.get(),
                participants.get(),
                coordinators.listed(),
                coordinators.rows(),
                frame.now(),
                frame.texts());
    }

    /**
     * The coordinators.
     *
     * @param listed as the API answered
     * @param rows each with what it has counted; empty where they could not be had
     */
    record Coordinators(Part<ListCoordinatorsResponse> listed, List<CoordinatorRow> rows) {
        Part<List<CoordinatorRow>> shown() {
            return listed.map(_ -> rows);
        }
    }

    private Coordinators coordinators(Frame frame) {
        Part<ListCoordinatorsResponse> listed = askShared(
                        frame,
                        OperatorServiceGrpc.getListCoordinatorsMethod(),
                        ListCoordinatorsRequest.getDefaultInstance())
                .get();
        ListCoordinatorsResponse response = listed.value();
        if (response == null) {
            return new Coordinators(listed, List.of());
        }
        List<Supplier<Part<Statistics>>> asked = new ArrayList<>();
        for (Coordinator one : response.getCoordinatorsList()) {
            asked.add(statistics(frame, one, asked.size() < MOST_ASKED));
        }
        List<CoordinatorRow> rows = new ArrayList<>();
        for (int i = 0; i < asked.size(); i++) {
            rows.add(CoordinatorRow.of(response.getCoordinators(i), asked.get(i).get(), frame.now(), frame.texts()));
        }
        return new Coordinators(listed, List.copyOf(rows));
    }

    private Supplier<Part<Statistics>> statistics(Frame frame, Coordinator one, boolean isAsked) {
        if (!one.getAlive() || !isAsked) {
            return () -> Part.failed(frame.t(isAsked ? "counts.gone" : "counts.many"));
        }
        GetStatisticsRequest request = GetStatisticsRequest.newBuilder()
                .setIncarnation(one.getIncarnation())
                .build();
        return askShared(frame, OperatorServiceGrpc.getGetStatisticsMethod(), request);
    }

    /**
     * The questions of a list and of its stream, which are the same: within a second they have one answer.
     *
     * @param since when the first of the pages was made that somebody turns
     */
    private record ListQuestion(TransactionQuery asked, TransactionFilter filter, Instant since, boolean mayBeNewer) {
        ListQuestion(Frame frame) {
            this(new TransactionQuery(frame.query()), frame);
        }

        private ListQuestion(TransactionQuery asked, Frame frame) {
            Instant since = TransactionsPage.since(frame.query(), frame.now());
            boolean mayBeNewer = since.isBefore(frame.now()) && !asked.isSlowestFirst() && !asked.needsLook();
            this(asked, asked.filter(frame.now()), since, mayBeNewer);
        }

        /** Lists what was there then, so that a list that is made anew keeps its rows in their places. */
        TransactionFilter listed() {
            Timestamp until = timestamp(since.plus(1, ChronoUnit.MICROS));
            return mayBeNewer ? filter.toBuilder().setCreatedBefore(until).build() : filter;
        }

        TransactionFilter newer() {
            return filter.toBuilder().setCreatedAfter(timestamp(since)).build();
        }
    }

    private Part<ListTransactionsResponse> listed(Frame frame, ListQuestion list) {
        ListTransactionsRequest.Order order = list.asked().isSlowestFirst()
                ? ListTransactionsRequest.Order.SLOWEST
                : ListTransactionsRequest.Order.ORDER_UNSPECIFIED;
        ListTransactionsRequest request = ListTransactionsRequest.newBuilder()
                .setFilter(list.listed())
                .setOrder(order)
                .setPageToken(frame.query().get("page"))
                .setLookAtMost(TransactionsPage.MOST_LOOKED_AT)
                .build();
        return askShared(frame, TransactionServiceGrpc.getListTransactionsMethod(), request)
                .get();
    }

    private static List<Object> timeless(ListTransactionsResponse page) {
        List<Transaction> rows = page.getTransactionsList().stream()
                .map(TransactionPages::timeless)
                .toList();
        return List.of(rows, page.getUnansweredList());
    }

    private Supplier<Part<CountTransactionsResponse>> newer(Frame frame, ListQuestion list) {
        return list.mayBeNewer() ? count(frame, list.newer(), TransactionsPage.MOST_NEWER) : () -> Part.failed("");
    }

    private View transactions(Frame frame) {
        ListQuestion list = new ListQuestion(frame);
        TransactionQuery asked = list.asked();
        if (!asked.isUnderstood()) {
            Part<ListTransactionsResponse> none =
                    Part.failed(400, frame.t("filter.unknown", String.join(", ", asked.unknown())));
            TransactionsPage page =
                    TransactionsPage.of(asked, none, Part.failed(""), Part.failed(""), frame.now(), frame.texts());
            return View.of(frame, "transactions.jte", page, none);
        }
        Part<ListTransactionsResponse> listed = listed(frame, list);
        Supplier<Part<CountTransactionsResponse>> counted = TransactionsPage.isCounted(asked, listed)
                ? count(frame, list.filter(), TransactionsPage.MOST_COUNTED)
                : () -> Part.failed("");
        TransactionsPage page = TransactionsPage.of(
                asked, listed, counted.get(), newer(frame, list).get(), frame.now(), frame.texts());
        return View.of(frame, "transactions.jte", page, listed);
    }

    private static Timestamp timestamp(Instant time) {
        return Timestamp.newBuilder()
                .setSeconds(time.getEpochSecond())
                .setNanos(time.getNano())
                .build();
    }

    /** Returns the pages of one transaction. */
    TransactionPages ofTransaction() {
        return transactions;
    }

    /** Does what a form asks for; returns the page that tells of it, or shows the form again, and why not. */
    View posted(Frame frame) {
        return switch (frame.page()) {
            case "transaction/act" -> transactions.acted(frame);
            case BulkPages.PATH -> bulk.posted(frame);
            case NewPage.PATH -> submitted(frame);
            case "participants" -> probed(frame);
            default -> view(frame);
        };
    }

    /** Its links lead to a page that does not have the form's text in its URL. */
    private View submitted(Frame frame) {
        NewPage page = NewPage.posted(frame, api.within(PLAN_PATIENCE));
        String gid = page.answer().accepted();
        return gid.isEmpty()
                ? new View(frame.with(Query.NONE), page.answer().status(), "new.jte", page)
                : View.to(frame, Query.NONE.with("gid", gid).link("transaction"));
    }

    private View probed(Frame frame) {
        if (!frame.mayOperate()) {
            return View.message(frame, 403, "no-acts", "");
        }
        ProbeParticipantRequest request = ProbeParticipantRequest.newBuilder()
                .setName(frame.query().get("name"))
                .build();
        Part<Participant> probed = api.within(PROBE_PATIENCE)
                .ask(OperatorServiceGrpc.getProbeParticipantMethod(), request, frame.texts())
                .get();
        return participants(frame, probed);
    }

    /** @param probed null where none was probed just now */
    private View participants(Frame frame, @Nullable Part<Participant> probed) {
        ParticipantsPage page = new ParticipantsPage(participants(frame).get(), probed, frame.now(), frame.texts());
        return new View(frame, probed == null ? 200 : probed.status(), "participants.jte", page);
    }

    private Supplier<Part<ListParticipantsResponse>> participants(Frame frame) {
        return askShared(
                frame, OperatorServiceGrpc.getListParticipantsMethod(), ListParticipantsRequest.getDefaultInstance());
    }
}
