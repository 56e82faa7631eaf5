package dev.entente.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Message;
import com.google.protobuf.Value;
import dev.entente.server.app.FilledMessages;
import dev.entente.server.app.TextService;
import dev.entente.v1.Body;
import dev.entente.v1.BranchStatus;
import dev.entente.v1.Call;
import dev.entente.v1.HistoryEvent;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.Waiting;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import io.grpc.Status;
import io.grpc.stub.ServerCalls;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tests that text from clients and participants cannot control an operator's terminal. */
class HostileAnswerTest {
    private static final String HOSTILE = "no\n  pay SUCCEEDED \u001b[2J \u202e @|red x|@";
    /** Characters that control a terminal or are invisible there, except line ends. */
    private static final Pattern CONTROL = Pattern.compile("[\\p{Cc}\\p{Cf}&&[^\\n]]");

    private static final String SHOWN = "no\\u000a  pay SUCCEEDED \\u001b[2J \\u202e @|red x|@";

    @SuppressWarnings("unchecked") // Each method returns its own message type.
    private static <Q, A> void add(ServerServiceDefinition.Builder service, MethodDescriptor<Q, A> method) {
        var answer = (MethodDescriptor.PrototypeMarshaller<A>) method.getResponseMarshaller();
        Message hostile = FilledMessages.of((Message) Objects.requireNonNull(answer.getMessagePrototype()), HOSTILE);
        service.addMethod(method, ServerCalls.asyncUnaryCall((request, client) -> {
            if (String.valueOf(request).contains("refused")) {
                client.onError(Status.INTERNAL.withDescription(HOSTILE).asRuntimeException());
            } else {
                client.onNext((A) hostile);
                client.onCompleted();
            }
        }));
    }

    private static ServerServiceDefinition answering(ServiceDescriptor described) {
        ServerServiceDefinition.Builder service = ServerServiceDefinition.builder(described.getName());
        described.getMethods().forEach(method -> add(service, method));
        return service.build();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tx list",
                "tx describe g",
                "tx describe refused",
                "tx watch g",
                "tx count",
                "tx replay g",
                "tx preview g retry",
                "tx bulk retry --open",
                "tx retry g",
                "tx debug g",
                "participant list",
                "participant probe p",
                "coordinator list",
                "topic list",
                "audit list",
                "recover",
                "doctor"
            })
    void no_command_prints_terminal_control_characters(String command) throws IOException {
        Server server = TextService.onAnyPort()
                .addService(answering(OperatorServiceGrpc.getServiceDescriptor()))
                .addService(answering(TransactionServiceGrpc.getServiceDescriptor()))
                .addService(answering(TopicServiceGrpc.getServiceDescriptor()))
                .build()
                .start();
        try {
            Cli answer = Cli.at("127.0.0.1:" + server.getPort(), command);
            assertThat(answer.out() + answer.err()).contains("u001b").doesNotContainPattern(CONTROL);
        } finally {
            server.shutdownNow();
        }
    }

    @Test
    void the_timeline_escapes_line_breaks_and_control_characters() {
        String text = Timeline.of(Transaction.newBuilder()
                .setGid("order-1")
                .setState(Transaction.State.ABORTED)
                .setDetail(HOSTILE)
                .putLabels("order", HOSTILE)
                .setResult(Body.newBuilder().setJson(Value.newBuilder().setStringValue(HOSTILE)))
                .setWaiting(Waiting.newBuilder().setSentence(HOSTILE))
                .addBranches(BranchStatus.newBuilder().setId("pay").setLastError(HOSTILE))
                .addHistory(HistoryEvent.newBuilder()
                        .setKind("ABORTING")
                        .setDetail(HOSTILE)
                        .setActor(HOSTILE))
                .build());
        assertThat(text.split("no\\\\u000a", -1)).as(text).hasSize(7);
        assertThat(text).contains(SHOWN, "@|red x|@\n").doesNotContain("\u001b", "\u202e", "\n  pay SUCCEEDED");
    }

    @Test
    void the_timeline_shows_a_repeated_error_once_with_a_count() {
        Transaction.Builder shown = Transaction.newBuilder().setGid("order-1");
        List.of("pay", "ship")
                .forEach(branch -> IntStream.rangeClosed(1, 4)
                        .forEach(attempt -> shown.addHistory(HistoryEvent.newBuilder()
                                .setKind("CALL_FINISHED")
                                .setBranch(branch)
                                .setOp("action")
                                .setOutcome(Call.Outcome.UNKNOWN)
                                .setAttempt(attempt)
                                .setDetail(attempt == 3 ? "connection refused" : "no space left on device"))));
        assertThat(Timeline.of(shown.build()).lines().filter(line -> line.contains("pay")))
                .extracting(line -> line.substring(line.indexOf("pay")))
                .containsExactly(
                        "pay action #1 UNKNOWN: no space left on device",
                        "pay action #2 UNKNOWN: error of #1, 2 times",
                        "pay action #3 UNKNOWN: connection refused",
                        "pay action #4 UNKNOWN: error of #1, 3 times");
        assertThat(Timeline.of(shown.build())).contains("ship action #1 UNKNOWN: no space left on device");
    }
}
