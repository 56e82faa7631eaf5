package dev.entente.server.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.StringValue;
import dev.entente.participant.Barrier;
import dev.entente.participant.Branch;
import dev.entente.participant.BranchInterceptor;
import dev.entente.participant.BranchOp;
import dev.entente.participant.Rejection;
import dev.entente.server.store.DatabaseSettings;
import dev.entente.server.store.TestDatabase;
import dev.entente.v1.Operation;
import dev.entente.v1.Plan;
import dev.entente.v1.Saga;
import dev.entente.v1.SagaStep;
import dev.entente.v1.Tcc;
import dev.entente.v1.TccBranch;
import dev.entente.v1.Transaction;
import dev.entente.v1.TwoPhase;
import dev.entente.v1.XaBranch;
import dev.entente.wire.ErrorDetails;
import io.grpc.CallOptions;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.postgresql.ds.PGSimpleDataSource;

/**
 * A delayed call of a coordinator that is taken over. The new coordinator repeats the call, and then the delayed call
 * arrives.
 */
class LateFirstCallTest {
    private static final StringValue DONE = StringValue.of("done");
    private static final String METHOD = "late.v1.LateService/Do";
    private static final MethodDescriptor<StringValue, StringValue> DO = TextService.method(METHOD);

    private static final DelayedCalls DELAYED_CALLS = new DelayedCalls();
    private static final Barrier BARRIER = Barrier.postgres();
    private static PGSimpleDataSource books;
    private static io.grpc.Server participant;
    private static DatabaseSettings database;
    private static LocalCoordinator second;
    private static ManagedChannel toParticipant;

    /** A coordinator for each test, which stops it. */
    private LocalCoordinator first;

    @BeforeAll
    static void start() throws Exception {
        books = dataSource(TestDatabase.empty());
        BARRIER.createTable(books);
        participant = participant();
        database = TestDatabase.withSchema();
        second = coordinator("second");
        toParticipant = Grpc.newChannelBuilder(TextService.target(participant), InsecureChannelCredentials.create())
                .build();
    }

    @AfterAll
    static void stop() {
        toParticipant.shutdownNow();
        second.close();
        participant.shutdownNow();
    }

    @BeforeEach
    void startFirst() {
        first = coordinator("first");
    }

    @AfterEach
    void stopFirst() {
        first.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"action", "compensate", "try", "confirm", "cancel", "prepare", "commit", "rollback"})
    void a_delayed_call_of_the_former_owner_is_refused_as_stale(String op) {
        String gid = "late-" + op;
        DELAYED_CALLS.delayFirst(gid, op);
        submit(gid, op);
        Awaitility.await().until(() -> DELAYED_CALLS.isDelayed(gid));
        declareDead("first");
        Awaitility.await().ignoreExceptions().until(() -> second.get(gid).getTerminal());
        assertThat(second.get(gid).getState()).isEqualTo(end(op));

        ErrorDetails answer = deliver(gid);

        assertThat(answer.name()).as(answer.describe()).isEqualTo("STALE_FENCE");
        assertThat(second.get(gid).getState()).isEqualTo(end(op));
    }

    private static Transaction.State end(String op) {
        return isUndo(op) ? Transaction.State.ABORTED : Transaction.State.SUCCEEDED;
    }

    private static boolean isUndo(String op) {
        return List.of("compensate", "cancel", "rollback").contains(op);
    }

    /** Delivers the delayed call with its original metadata. */
    private static ErrorDetails deliver(String gid) {
        Metadata late = DELAYED_CALLS.of(gid);
        try {
            StringValue answer = ClientCalls.blockingUnaryCall(
                    ClientInterceptors.intercept(toParticipant, MetadataUtils.newAttachHeadersInterceptor(late)),
                    DO,
                    CallOptions.DEFAULT,
                    StringValue.getDefaultInstance());
            return new ErrorDetails(Status.Code.OK, answer.getValue(), "", "", Optional.empty(), List.of());
        } catch (StatusRuntimeException refused) {
            return ErrorDetails.of(refused);
        }
    }

    /** Marks a coordinator as dead, as other coordinators do after missed heartbeats. */
    private static void declareDead(String node) {
        second.execute("update coordinator set dead_at = now() where node = '" + node + "' and dead_at is null");
    }

    // ---- plans

    private void submit(String gid, String op) {
        Plan.Builder plan = Plan.newBuilder().setGid(gid).setName("late");
        switch (op) {
            case "action", "compensate" -> plan.setSaga(saga());
            case "try", "confirm", "cancel" -> plan.setTcc(tcc());
            default -> plan.setTwoPhase(twoPhase());
        }
        // The lease is short. On a stalled machine the coordinator may lose it before, and then asks for a retry.
        Awaitility.await().ignoreExceptions().until(() -> first.submit(plan.build()) != null);
    }

    private static Operation call() {
        return SamplePlans.call("late/" + METHOD);
    }

    private static Saga saga() {
        SagaStep.Builder step = SagaStep.newBuilder().setAction(call()).setCompensate(call());
        return Saga.newBuilder()
                .addSteps(step.setId("a"))
                .addSteps(step.setId("b"))
                .build();
    }

    private static Tcc tcc() {
        TccBranch.Builder branch =
                TccBranch.newBuilder().setTry(call()).setConfirm(call()).setCancel(call());
        return Tcc.newBuilder()
                .addBranches(branch.setId("a"))
                .addBranches(branch.setId("b"))
                .build();
    }

    private static TwoPhase twoPhase() {
        XaBranch.Builder branch =
                XaBranch.newBuilder().setPrepare(call()).setCommit(call()).setRollback(call());
        return TwoPhase.newBuilder()
                .addBranches(branch.setId("a"))
                .addBranches(branch.setId("b"))
                .build();
    }

    // ---- the participant

    /** Rejects the forward call of the second branch if the test needs an undo of the first branch. */
    private static void serve(StringValue request, StreamObserver<StringValue> observer) {
        BARRIER.unary(observer, books, DONE, connection -> {
            Branch branch = Branch.required();
            boolean isForward =
                    List.of(BranchOp.ACTION, BranchOp.TRY, BranchOp.PREPARE).contains(branch.op());
            if (isForward && branch.name().equals("b") && isUndo(branch.gid().substring("late-".length()))) {
                throw new Rejection("NO", "the second one says no");
            }
            return DONE;
        });
    }

    private static io.grpc.Server participant() throws IOException {
        ServerServiceDefinition service = TextService.of(DO, LateFirstCallTest::serve);
        return TextService.onAnyPort()
                .addService(ServerInterceptors.interceptForward(service, DELAYED_CALLS, new BranchInterceptor()))
                .build()
                .start();
    }

    private static LocalCoordinator coordinator(String node) {
        return LocalCoordinator.start(
                database, node, "lease", "3s", "participants.late.target", TextService.target(participant));
    }

    private static PGSimpleDataSource dataSource(DatabaseSettings settings) {
        PGSimpleDataSource dataSource = new PGSimpleDataSource();
        dataSource.setUrl(settings.jdbcUrl());
        dataSource.setUser(settings.user());
        dataSource.setPassword(settings.password());
        return dataSource;
    }
}
