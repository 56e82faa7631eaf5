package dev.entente.server.console;

import com.google.protobuf.Timestamp;
import dev.entente.v1.Coordinator;
import dev.entente.v1.CountTransactionsRequest;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.GetStatisticsRequest;
import dev.entente.v1.ListAuditEntriesRequest;
import dev.entente.v1.ListCoordinatorsRequest;
import dev.entente.v1.ListCoordinatorsResponse;
import dev.entente.v1.ListParticipantsRequest;
import dev.entente.v1.ListParticipantsResponse;
import dev.entente.v1.ListSubscriptionsRequest;
import dev.entente.v1.ListSubscriptionsResponse;
import dev.entente.v1.ListTransactionsRequest;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.Pattern;
import dev.entente.v1.Statistics;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.TransactionFilter;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.Waiting;
import io.grpc.MethodDescriptor;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/**
 * Asks the API for what each page needs, all of it at once, and makes the page of the answers. Thread-safe; blocks for
 * as long as one answer may take, or two where the second needs the first.
 */
final class Pages {
    /** Coordinators that are asked what they counted; a database hardly ever has more. */
    private static final int MOST_ASKED = 16;

    /** Blocked messages that the page of topics shows. */
    private static final int MOST_BLOCKED = 20;

    private final ApiCalls api;
    private final TransactionPages transactions;

    Pages(ApiCalls api) {
        this.api = api;
        this.transactions = new TransactionPages(api);
    }

    /** Returns the page of the frame's path. */
    View view(Frame frame) {
        return switch (frame.page()) {
            case "" -> overview(frame);
            case "transactions" -> transactions(frame);
            case "transaction" -> transactions.story(frame);
            case "transaction/payload" -> transactions.payload(frame);
            case "transaction/act" -> act(frame, "");
            case "participants" -> participants(frame);
            case "topics" -> topics(frame);
            case "coordinators" -> View.of(frame, "coordinators.jte", CoordinatorsPage.of(coordinators(frame)));
            case "audit" -> audit(frame);
            default -> View.message(frame, 404, "not-found", "");
        };
    }

    private <Q, R> Supplier<Part<R>> ask(Frame frame, MethodDescriptor<Q, R> method, Q request) {
        return api.ask(method, request, frame.texts());
    }

    private <Q, R> Supplier<Part<R>> share(Frame frame, MethodDescriptor<Q, R> method, Q request) {
        return api.share(frame.visitor(), method, request, frame.texts());
    }

    private Supplier<Part<CountTransactionsResponse>> count(Frame frame, TransactionFilter filter) {
        CountTransactionsRequest request = CountTransactionsRequest.newBuilder()
                .setFilter(filter)
                .setLimit(TransactionsPage.MOST_COUNTED)
                .setLookAtMost(TransactionsPage.MOST_LOOKED_AT)
                .build();
        return share(frame, TransactionServiceGrpc.getCountTransactionsMethod(), request);
    }

    private View overview(Frame frame) {
        Supplier<Part<CountTransactionsResponse>> counts =
                count(frame, TransactionFilter.newBuilder().setOnlyOpen(true).build());
        Supplier<Part<ListParticipantsResponse>> participants = ask(
                frame, OperatorServiceGrpc.getListParticipantsMethod(), ListParticipantsRequest.getDefaultInstance());
        Coordinators coordinators = coordinators(frame);
        OverviewPage page = OverviewPage.of(
                counts.get(),
                participants.get(),
                coordinators.listed(),
                coordinators.rows(),
                frame.now(),
                frame.texts());
        return View.of(frame, "overview.jte", page);
    }

    /**
     * The coordinators.
     *
     * @param listed as the API answered
     * @param rows each with what it has counted; empty where they could not be had
     */
    record Coordinators(Part<ListCoordinatorsResponse> listed, List<CoordinatorRow> rows) {}

    private Coordinators coordinators(Frame frame) {
        Part<ListCoordinatorsResponse> listed = share(
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
        return share(frame, OperatorServiceGrpc.getGetStatisticsMethod(), request);
    }

    private View transactions(Frame frame) {
        TransactionQuery asked = new TransactionQuery(frame.query());
        TransactionFilter filter = asked.filter(frame.now());
        String token = frame.query().get("page");
        ListTransactionsRequest.Order order = asked.isSlowestFirst()
                ? ListTransactionsRequest.Order.SLOWEST
                : ListTransactionsRequest.Order.ORDER_UNSPECIFIED;
        ListTransactionsRequest request = ListTransactionsRequest.newBuilder()
                .setFilter(filter)
                .setOrder(order)
                .setPageToken(token)
                .setLookAtMost(TransactionsPage.MOST_LOOKED_AT)
                .build();
        Part<ListTransactionsResponse> listed = ask(frame, TransactionServiceGrpc.getListTransactionsMethod(), request)
                .get();
        Supplier<Part<CountTransactionsResponse>> counted =
                TransactionsPage.isCounted(asked, listed) ? count(frame, filter) : () -> Part.failed("");
        Instant since = TransactionsPage.since(frame.query(), frame.now());
        boolean mayBeNewer = since.isBefore(frame.now()) && !asked.isSlowestFirst() && !asked.needsLook();
        Supplier<Part<CountTransactionsResponse>> newer =
                mayBeNewer ? count(frame, after(filter, since)) : () -> Part.failed("");
        TransactionsPage page =
                TransactionsPage.of(asked, listed, counted.get(), newer.get(), frame.now(), frame.texts());
        return View.of(frame, "transactions.jte", page);
    }

    private static TransactionFilter after(TransactionFilter filter, Instant since) {
        return filter.toBuilder()
                .setCreatedAfter(Timestamp.newBuilder()
                        .setSeconds(since.getEpochSecond())
                        .setNanos(since.getNano()))
                .build();
    }

    /** Returns the page of an act that was not carried out just now, or that nobody has asked for yet. */
    View act(Frame frame, String error) {
        ActForm form = new ActForm(frame.query());
        if (!frame.mayOperate()) {
            return View.message(frame, 403, "no-acts", "");
        }
        return form.isKnown() ? transactions.act(frame, form, error) : View.message(frame, 404, "not-found", "");
    }

    /** Returns the pages of one transaction. */
    TransactionPages ofTransaction() {
        return transactions;
    }

    private View participants(Frame frame) {
        Part<ListParticipantsResponse> listed = ask(
                        frame,
                        OperatorServiceGrpc.getListParticipantsMethod(),
                        ListParticipantsRequest.getDefaultInstance())
                .get();
        return View.of(frame, "participants.jte", ParticipantsPage.of(listed, frame.texts()));
    }

    private View topics(Frame frame) {
        String topic = frame.query().get("topic");
        ListSubscriptionsRequest request = ListSubscriptionsRequest.newBuilder()
                .setTopic(topic)
                .setPageToken(frame.query().get("page"))
                .build();
        TransactionFilter blocked = TransactionFilter.newBuilder()
                .addPatterns(Pattern.MESSAGE)
                .addWaiting(Waiting.Kind.BLOCKED)
                .build();
        ListTransactionsRequest some = ListTransactionsRequest.newBuilder()
                .setFilter(blocked)
                .setPageSize(MOST_BLOCKED)
                .build();
        Supplier<Part<ListTransactionsResponse>> waiting =
                ask(frame, TransactionServiceGrpc.getListTransactionsMethod(), some);
        Part<ListSubscriptionsResponse> listed = ask(frame, TopicServiceGrpc.getListSubscriptionsMethod(), request)
                .get();
        return View.of(frame, "topics.jte", TopicsPage.of(topic, listed, waiting.get(), frame.now(), frame.texts()));
    }

    private View audit(Frame frame) {
        String gid = frame.query().get("gid");
        ListAuditEntriesRequest request = ListAuditEntriesRequest.newBuilder()
                .setGid(gid)
                .setPageToken(frame.query().get("page"))
                .build();
        return View.of(
                frame,
                "audit.jte",
                AuditPage.of(
                        gid,
                        ask(frame, OperatorServiceGrpc.getListAuditEntriesMethod(), request)
                                .get(),
                        frame.now(),
                        frame.texts()));
    }
}
