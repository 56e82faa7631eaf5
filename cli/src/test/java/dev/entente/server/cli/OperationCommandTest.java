package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import dev.entente.server.app.TextService;
import dev.entente.v1.AbortTransactionRequest;
import dev.entente.v1.Error;
import dev.entente.v1.OperateMatchingRequest;
import dev.entente.v1.OperateMatchingResponse;
import dev.entente.v1.OperationPreview;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.PreviewActRequest;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tests the request that each operator command sends, with a coordinator that answers every request. */
class OperationCommandTest {
    private static final List<String> REQUESTS = new CopyOnWriteArrayList<>();
    private static final Transaction TRANSACTION =
            Transaction.newBuilder().setGid("g").build();
    private static final OperationPreview PREVIEW =
            OperationPreview.newBuilder().setRevision(7).setFence(2).build();
    private static final OperateMatchingResponse REFUSED = OperateMatchingResponse.newBuilder()
            .setGid("g")
            .setError(Error.newBuilder().setMessage("ENT-045: no"))
            .build();
    private static Server server;

    @BeforeAll
    static void start() throws IOException {
        server = TextService.onAnyPort()
                .addService(answering(OperatorServiceGrpc.getServiceDescriptor()))
                .addService(answering(TransactionServiceGrpc.getServiceDescriptor()))
                .build()
                .start();
    }

    private static ServerServiceDefinition answering(ServiceDescriptor service) {
        ServerServiceDefinition.Builder definition = ServerServiceDefinition.builder(service.getName());
        service.getMethods().forEach(method -> add(definition, method));
        return definition.build();
    }

    @SuppressWarnings("unchecked") // Each method returns its own message type.
    private static <Q, A> void add(ServerServiceDefinition.Builder definition, MethodDescriptor<Q, A> method) {
        definition.addMethod(method, ServerCalls.asyncUnaryCall((request, client) -> {
            String text = TextFormat.printer().emittingSingleLine(true).printToString((Message) request);
            REQUESTS.add(method.getBareMethodName() + " " + text.strip());
            client.onNext((A) answer(request));
            client.onCompleted();
        }));
    }

    private static Message answer(Object request) {
        return switch (request) {
            case PreviewActRequest _ -> PREVIEW;
            case OperateMatchingRequest _ -> REFUSED;
            case AbortTransactionRequest abort
            when abort.getGid().equals("forced") ->
                TRANSACTION.toBuilder()
                        .setState(Transaction.State.SUCCEEDED)
                        .setTerminal(true)
                        .build();
            default -> TRANSACTION;
        };
    }

    @AfterAll
    static void stop() {
        server.shutdownNow();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "retry g --if-revision 7 --reason r | RetryTransaction gid: \"g\" reason: \"r\" if_revision: 7",
                "park g | ParkTransaction gid: \"g\"",
                "resume g | ResumeTransaction gid: \"g\"",
                "skip g | SkipDelivery gid: \"g\"",
                "resend g | ResendNotification gid: \"g\"",
                "abort g --reason r | AbortTransaction gid: \"g\" reason: \"r\" wait { } by_operator: true",
                "approve g s --reason r | DecideApproval gid: \"g\" branch: \"s\" approved: true reason: \"r\"",
                "reject g s | DecideApproval gid: \"g\" branch: \"s\"",
                "resolve g b action --done | ResolveBranch gid: \"g\" branch: \"b\" op: \"action\" done { }",
                "resolve g b action --undone | ResolveBranch gid: \"g\" branch: \"b\" op: \"action\" undone: true",
                "resolve g b try --never-happened --reason r"
                        + " | ResolveBranch gid: \"g\" branch: \"b\" op: \"try\" reason: \"r\" never_happened: true",
                "abort g --if-revision 7 --if-fence 2 | AbortTransaction gid: \"g\" wait { } if_revision: 7 if_fence:"
                        + " 2 by_operator: true",
                "approve g s --if-revision 7 --if-fence 2"
                        + " | DecideApproval gid: \"g\" branch: \"s\" approved: true if_revision: 7 if_fence: 2",
                "resolve g b action --undone --if-revision 7 --if-fence 2 | ResolveBranch gid: \"g\" branch: \"b\""
                        + " op: \"action\" undone: true if_revision: 7 if_fence: 2",
                "force-finish g --as SUCCEEDED --reason r --if-revision 7 --if-fence 2 | ForceFinishTransaction"
                        + " gid: \"g\" as: SUCCEEDED reason: \"r\" if_revision: 7 if_fence: 2",
                "force-finish g --as ABORTED --reason r | ForceFinishTransaction gid: \"g\" as: ABORTED reason: \"r\"",
            })
    void each_command_sends_the_matching_request(String command, String asked) {
        Cli answer = tx(command);
        assertThat(answer.exit()).as(answer.err()).isZero();
        assertThat(answer.out()).isEqualTo("g STATE_UNSPECIFIED\n");
        assertThat(REQUESTS).containsExactly(asked);
    }

    @Test
    void an_abort_with_wait_exits_1_for_another_outcome_and_5_without_an_outcome() {
        assertThat(tx("abort forced --wait 1s").exit()).isOne();
        assertThat(tx("abort forced").exit()).isZero();
        assertThat(tx("abort g --wait 1s").exit()).isEqualTo(5);
    }

    private static Cli tx(String command) {
        REQUESTS.clear();
        return Cli.run(
                Cli.with(("--target 127.0.0.1:" + server.getPort()).split(" ", -1), ("tx " + command).split(" ", -1)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '\'',
            value = {
                "g retry | retry { gid: \"g\" } | retry g",
                "g reject --branch s --reason r | decide_approval { gid: \"g\" branch: \"s\" reason: \"r\" }"
                        + " | reject g s --reason r",
                "g resolve --branch b --op try --as never-happened"
                        + " | resolve { gid: \"g\" branch: \"b\" op: \"try\" never_happened: true }"
                        + " | resolve g b try --never-happened --reason REASON",
                "g force-finish --as aborted --reason r"
                        + " | force_finish { gid: \"g\" as: ABORTED reason: \"r\" }"
                        + " | force-finish g --as ABORTED --reason r",
            })
    void a_preview_sends_the_wrapped_request_and_prints_the_command(String command, String asked, String line) {
        Cli answer = tx("preview " + command);
        assertThat(answer.exit()).as(answer.err()).isZero();
        assertThat(REQUESTS).containsExactly("PreviewAct " + asked);
        assertThat(answer.out()).contains("entente tx " + line + " --if-revision 7 --if-fence 2");
    }

    @Test
    void a_bulk_operation_reports_each_result_and_exits_1_after_a_refusal() {
        Cli answer =
                tx("bulk retry --parked --state RUNNING --waiting PARKED --park-reason UNDO_EXHAUSTED --pattern SAGA"
                    + " --participant stock --name n --label a=b --label c=d --gid-prefix g --older-than 15m --limit"
                    + " 30 --reason r --validate-only --park-error HTTP_# --gid g1 --gid g2");

        assertThat(answer.exit()).as(answer.err()).isOne();
        assertThat(answer.out()).isEqualTo("g refused, ENT-045: no\n");
        assertThat(REQUESTS)
                .containsExactly(
                        "OperateMatching filter { states: RUNNING only_parked: true patterns: SAGA name: \"n\" labels"
                            + " { key: \"a\" value: \"b\" } labels { key: \"c\" value: \"d\" } participant: \"stock\""
                            + " gid_prefix: \"g\" waiting: PARKED park_reasons: UNDO_EXHAUSTED older_than { seconds:"
                            + " 900 } park_error: \"HTTP_#\" gids: \"g1\" gids: \"g2\" } operation: \"retry\" reason:"
                            + " \"r\" validate_only: true limit: 30");
    }

    @ParameterizedTest
    @CsvSource({
        "preview g resend, cannot be previewed",
        "preview g resolve --branch b, never-happened",
        "preview g force-finish, SUCCEEDED"
    })
    void an_invalid_preview_is_refused_without_a_request(String command, String why) {
        Cli answer = tx(command);
        assertThat(answer.exit()).isEqualTo(4);
        assertThat(answer.err()).contains("ENT-001", why);
        assertThat(REQUESTS).isEmpty();
    }
}
