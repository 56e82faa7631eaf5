package dev.entente.server.cli;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.util.Durations;
import dev.entente.client.Retry;
import dev.entente.core.transaction.VisibleText;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.OperatorServiceGrpc.OperatorServiceBlockingStub;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc.TransactionServiceBlockingStub;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A command that calls a coordinator over gRPC. */
abstract class ClientCommand extends RemoteCommand {
    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            description = "How long to wait for the coordinator's response, in addition to --wait (default: 30s;"
                    + " recover: 35m).")
    Duration timeout = Duration.ofSeconds(30);

    /** The effect of a coordinator that does not respond to a search for a participant. */
    static final String MAY_BE_MISSING = "transactions that wait in its memory may be missing";

    private @Nullable ManagedChannel channel;
    private boolean isAskingAgain;

    /** Sends the requests and prints the responses; returns the exit code. */
    abstract int ask();

    @Override
    final int run() {
        ManagedChannel connection = connect();
        try {
            channel = connection;
            return ask();
        } catch (StatusRuntimeException failed) {
            throw Failure.of(failed, address());
        } finally {
            connection.shutdownNow();
        }
    }

    final Channel channel() {
        return Objects.requireNonNull(channel, "only within ask");
    }

    /** @param wait the time that the coordinator itself may wait */
    final TransactionServiceBlockingStub transactions(Duration wait) {
        return TransactionServiceGrpc.newBlockingStub(channel()).withDeadlineAfter(timeout.plus(wait));
    }

    final TransactionServiceBlockingStub transactions() {
        return transactions(Duration.ZERO);
    }

    final OperatorServiceBlockingStub operator() {
        return OperatorServiceGrpc.newBlockingStub(channel()).withDeadlineAfter(timeout);
    }

    /** Reads the file of a stated response; empty if there is no file. */
    final ByteString stated(@Nullable Path response) {
        try {
            return response == null ? ByteString.EMPTY : ByteString.copyFrom(Files.readAllBytes(response));
        } catch (IOException unreadable) {
            throw unreadable("--response-file", response, unreadable);
        }
    }

    /** Prints a message as JSON, or as text for people. */
    final <M extends Message> void print(M message, Function<M, String> text) {
        print(printsJson() ? ProtoJson.of(message) : text.apply(message));
    }

    /**
     * Prints a page as JSON or as a table.
     *
     * @param nextToken the token of the next page; empty for none
     */
    final int print(Message page, String nextToken, List<String> heads, Stream<List<String>> rows) {
        return print(page, nextToken, heads, rows, "");
    }

    /** @param notes lines after the table, each with a line break before it */
    final int print(Message page, String nextToken, List<String> heads, Stream<List<String>> rows, String notes) {
        String more = nextToken.isEmpty() ? "" : "\nmore: --page-token " + nextToken;
        print(page, _ -> Lines.table(heads, rows) + notes + more);
        return ExitCode.HELD;
    }

    /**
     * Repeats a request until there is a response or the time is over. A coordinator that starts or drains responds
     * with a retry delay; a dead coordinator does not respond. Only for requests that may be repeated.
     *
     * @param call receives the remaining time
     * @param unanswered receives each failure without a response
     */
    static <R> R retrying(Duration patience, Function<Duration, R> call, Consumer<StatusRuntimeException> unanswered) {
        Retry pauses = Retry.exponential(Duration.ofMillis(100), Duration.ofSeconds(2), Integer.MAX_VALUE);
        long until = System.nanoTime() + patience.toNanos();
        for (int failures = 1; ; failures++) {
            Duration left = Duration.ofNanos(Math.max(0, until - System.nanoTime()));
            try {
                return call.apply(left);
            } catch (StatusRuntimeException refused) {
                Duration asked = Failure.pause(refused);
                boolean isUnanswered = asked == null && Failure.isUnanswered(refused);
                Duration pause =
                        pauses.waitAfter(failures, new SecureRandom()).plus(asked == null ? Duration.ZERO : asked);
                if ((asked == null && !isUnanswered) || pause.compareTo(left) > 0) {
                    throw refused;
                }
                if (isUnanswered) {
                    unanswered.accept(refused);
                }
                LockSupport.parkNanos(pause.toNanos());
            }
        }
    }

    /** Reports coordinators that did not respond to the asked coordinator, and the effect on the output. */
    final void reportSilent(List<String> nodes, String effect) {
        nodes.forEach(node -> err().println("no response from " + VisibleText.of(node) + ": " + effect));
    }

    /** Makes the channel reconnect now, without its own growing pauses. Reports only the first failure. */
    final void askAgain(StatusRuntimeException failure) {
        if (!isAskingAgain) {
            isAskingAgain = true;
            err().println("no response yet, asking again: "
                    + VisibleText.of(String.valueOf(failure.getStatus().getDescription())));
            err().flush();
        }
        Objects.requireNonNull(channel, "only within ask").resetConnectBackoff();
    }

    /** Makes {@link #askAgain} report the next failure. */
    final void answered() {
        isAskingAgain = false;
    }

    /** A command with an option to wait for the end of a transaction. */
    abstract static class Waiting extends ClientCommand {
        @Option(
                names = "--wait",
                paramLabel = "DURATION",
                description = "Wait until the transaction finishes; the maximum is 5m. Exit 1 if the transaction is"
                        + " parked, or its final state is not SUCCEEDED (tx abort: not ABORTED); 5 if it is still"
                        + " running.")
        private @Nullable Duration wait;

        final <R> R retrying(BiFunction<TransactionServiceBlockingStub, com.google.protobuf.Duration, R> call) {
            return retrying(
                    wait == null ? Duration.ZERO : wait,
                    left -> call.apply(transactions(left), Durations.fromNanos(left.toNanos())),
                    this::askAgain);
        }

        final int exitCode(Transaction transaction, Transaction.State wanted) {
            return wait == null ? ExitCode.HELD : Lines.exitCode(transaction, wanted);
        }
    }

    /** A command that prints one page of a list. */
    abstract static class Paged extends ClientCommand {
        @Option(
                names = "--limit",
                paramLabel = "N",
                description = "Maximum number of entries (default: 50; at most 500).")
        int limit;

        @Option(names = "--page-token", paramLabel = "TOKEN", description = "The token that the previous page printed.")
        String pageToken = "";
    }
}
