package dev.entente.server.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import dev.entente.server.app.FilledMessages;
import dev.entente.server.console.part.ApiResult;
import dev.entente.server.console.part.Language;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.server.store.BulkRunTable;
import dev.entente.v1.Approval;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Coordinator;
import dev.entente.v1.CountTransactionsResponse;
import dev.entente.v1.ListAuditEntriesResponse;
import dev.entente.v1.ListParticipantsResponse;
import dev.entente.v1.ListSubscriptionsResponse;
import dev.entente.v1.ListTransactionsResponse;
import dev.entente.v1.OperateMatchingResponse;
import dev.entente.v1.Participant;
import dev.entente.v1.Pattern;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.v1.Statistics;
import dev.entente.v1.SubmitTransactionResponse;
import dev.entente.v1.Transaction;
import dev.entente.v1.Waiting;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Pages of responses with hostile text in every field. */
class HostileTextTest {
    private static final String HOSTILE =
            "<script>alert('x')</script>\" ' onload=\"x\" style=\"y\" &amp; {0} ${1} \u202e\u2066 \ud83d\ude00 \n\t]]>";
    private static final Instant NOW = Rendered.T0;

    private static <M extends Message> M hostile(M prototype) {
        return FilledMessages.of(prototype, HOSTILE);
    }

    private static Frame frame(Language language) {
        Query query = Query.NONE.with("gid", HOSTILE).with("page", HOSTILE).with("name", HOSTILE);
        return Rendered.frame("transactions", query, Duration.ZERO, language);
    }

    private static void verify(Frame frame, String template, Object page) {
        String html = Rendered.html(template, frame, page);
        MarkupRules.verify(html);
        assertThat(html)
                .contains(
                        "&lt;script&gt;alert(",
                        "\ud83d\ude00",
                        "lang=\"" + frame.texts().language().tag() + "\"");
    }

    private static Transaction transaction() {
        Transaction.Builder all = hostile(Transaction.getDefaultInstance()).toBuilder()
                .setPattern(Pattern.SAGA)
                .setState(Transaction.State.RUNNING)
                .setRevision(Long.MAX_VALUE)
                .setPlan(Plan.newBuilder()
                        .setSaga(Saga.newBuilder()
                                .addSteps(SagaStep.newBuilder()
                                        .setId(HOSTILE)
                                        .setApproval(hostile(Approval.getDefaultInstance())))));
        all.getWaitingBuilder().setKind(Waiting.Kind.BLOCKED).setAsLastWritten(true);
        all.getParkedBuilder().setReasonValue(20);
        all.getBranchesBuilder(0).setState(BranchStatus.State.AWAITING_APPROVAL);
        return all.build();
    }

    @ParameterizedTest
    @EnumSource(Language.class)
    void hostile_text_stays_text_in_the_pages_of_transactions(Language language) {
        Frame frame = frame(language);
        ApiResult<ListTransactionsResponse> listed =
                ApiResult.of(hostile(ListTransactionsResponse.getDefaultInstance()).toBuilder()
                        .setTransactions(0, transaction())
                        .addTransactions(transaction().toBuilder().clearParked())
                        .setExamined(500)
                        .build());
        TransactionQuery asked = new TransactionQuery(frame.query());
        verify(
                frame,
                "transactions.jte",
                TransactionsPage.of(
                        asked, listed, ApiResult.failed(HOSTILE), ApiResult.failed(""), NOW, frame.texts()));
        verify(
                frame,
                "transactions.jte",
                TransactionsPage.of(
                        asked,
                        ApiResult.failed(HOSTILE),
                        ApiResult.failed(HOSTILE),
                        ApiResult.failed(""),
                        NOW,
                        frame.texts()));
        List<OfferedOperation> acts = Rendered.possible(transaction());
        AwaitedParticipant awaited =
                new AwaitedParticipant(HOSTILE, ApiResult.of(hostile(Participant.getDefaultInstance())), false);
        verify(frame, "transaction.jte", TransactionDetails.of(transaction(), frame, acts, awaited));
        verify(frame, "message.jte", new MessagePage("no", "none", HOSTILE));
    }

    private static BlockedQueues queues(Frame frame) {
        List<BlockedQueues.Queue> known =
                BlockedQueues.of(List.of(transaction()), _ -> Map.of(HOSTILE, ApiResult.of(transaction())), frame);
        List<BlockedQueues.Queue> unknown =
                BlockedQueues.of(List.of(transaction()), _ -> Map.of(HOSTILE, ApiResult.failed(HOSTILE)), frame);
        List<BlockedQueues.Queue> both =
                Stream.concat(known.stream(), unknown.stream()).toList();
        return new BlockedQueues(ApiResult.of(both), List.of(HOSTILE), HOSTILE);
    }

    @ParameterizedTest
    @EnumSource(Language.class)
    void hostile_text_stays_text_in_the_other_pages(Language language) {
        Frame frame = frame(language);
        Texts texts = frame.texts();
        ApiResult<ListParticipantsResponse> participants =
                ApiResult.of(hostile(ListParticipantsResponse.getDefaultInstance()));
        Coordinator gone =
                hostile(Coordinator.getDefaultInstance()).toBuilder().setOpen(1).build();
        List<CoordinatorRow> rows = List.of(
                CoordinatorRow.of(gone, ApiResult.failed(HOSTILE), NOW, texts),
                CoordinatorRow.of(gone, ApiResult.of(Statistics.getDefaultInstance()), NOW, texts));
        CountTransactionsResponse.Builder counted = hostile(CountTransactionsResponse.getDefaultInstance()).toBuilder();
        counted.getParkedByBuilder(0).setReasonValue(99);
        ApiResult<CountTransactionsResponse> counts = ApiResult.of(counted.build());
        ApiResult<List<UnavailableParticipant>> unavailable =
                participants.map(all -> List.of(new UnavailableParticipant(all.getParticipants(0), counts)));
        verify(
                frame,
                "overview.jte",
                OverviewPage.of(counts, unavailable, ApiResult.of(rows), ApiResult.failed(HOSTILE), NOW, texts));
        verify(
                frame,
                "overview.jte",
                OverviewPage.of(
                        ApiResult.failed(HOSTILE),
                        ApiResult.failed(HOSTILE),
                        ApiResult.of(rows),
                        ApiResult.failed(HOSTILE),
                        NOW,
                        texts));
        verify(frame, "participants.jte", new ParticipantsPage(participants, ApiResult.failed(HOSTILE), texts));
        ApiResult<Participant> probed = participants.map(all -> all.getParticipants(0));
        verify(frame, "participants.jte", new ParticipantsPage(participants, probed, texts));
        Query query = Query.NONE
                .with("name", HOSTILE)
                .with("operation", "retry")
                .with("why", HOSTILE)
                .with("run", HOSTILE);
        OperateMatchingResponse matched = hostile(OperateMatchingResponse.getDefaultInstance()).toBuilder()
                .setMatched(1)
                .clearError()
                .build();
        BulkPage.Run run = new BulkPage.Run(
                query,
                1,
                0,
                0,
                List.of(new BulkPage.Refused(HOSTILE, 1, List.of(HOSTILE))),
                List.of(HOSTILE),
                true,
                HOSTILE);
        verify(
                frame,
                "bulk.jte",
                new BulkPage(
                        new TransactionQuery(query),
                        ApiResult.of(List.of(matched)),
                        counts,
                        HOSTILE,
                        run,
                        List.of(new BulkRunTable.Result(HOSTILE, "done", null, false, false)),
                        0,
                        List.of(run),
                        texts));
        verify(frame, "coordinators.jte", ApiResult.of(rows));
        verify(frame, "coordinators.jte", ApiResult.failed(HOSTILE));
        verify(
                frame,
                "topics.jte",
                new TopicsPage(
                        HOSTILE, ApiResult.of(hostile(ListSubscriptionsResponse.getDefaultInstance())), queues(frame)));
        verify(
                frame,
                "approvals.jte",
                new ApprovalsPage(
                        ApiResult.of(ApprovalsPage.questions(transaction(), ApiResult.failed(HOSTILE), frame)
                                .toList()),
                        HOSTILE));
        List<ApiResult.Finding> findings = List.of(new ApiResult.Finding(HOSTILE, HOSTILE));
        verify(
                frame,
                "new.jte",
                new NewPage(HOSTILE, HOSTILE, "", new ApiResult<>(null, 400, HOSTILE, findings, null)));
        SubmitTransactionResponse valid = hostile(SubmitTransactionResponse.getDefaultInstance());
        verify(frame, "new.jte", new NewPage(HOSTILE, HOSTILE, "new.bare", ApiResult.of(valid)));
        ListAuditEntriesResponse.Builder entries = hostile(ListAuditEntriesResponse.getDefaultInstance()).toBuilder();
        entries.getEntriesBuilder(0).setAfter("RUNNING, " + HOSTILE);
        verify(frame, "audit.jte", AuditPage.of(frame.query(), ApiResult.of(entries.build()), texts));
    }
}
