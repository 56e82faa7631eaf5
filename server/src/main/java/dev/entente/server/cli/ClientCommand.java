package dev.entente.server.cli;

import com.google.protobuf.Message;
import com.google.protobuf.util.Durations;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.OperatorServiceGrpc.OperatorServiceBlockingStub;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import dev.entente.v1.TransactionServiceGrpc.TransactionServiceBlockingStub;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** A command that asks a coordinator over gRPC. */
abstract class ClientCommand extends RemoteCommand {
    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            description = "For the coordinator's answer, beyond what is waited for (default: 30s; recover: 35m).")
    Duration timeout = Duration.ofSeconds(30);

    private @Nullable Channel channel;

    /** Asks, and prints what was answered; returns the exit code. */
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

    /** @param wait what the request itself waits for */
    final TransactionServiceBlockingStub transactions(Duration wait) {
        return TransactionServiceGrpc.newBlockingStub(channel()).withDeadlineAfter(timeout.plus(wait));
    }

    final TransactionServiceBlockingStub transactions() {
        return transactions(Duration.ZERO);
    }

    final OperatorServiceBlockingStub operator() {
        return OperatorServiceGrpc.newBlockingStub(channel()).withDeadlineAfter(timeout);
    }

    /** Prints a message as JSON, or what is made of it for people. */
    final <M extends Message> void print(M message, Function<M, String> text) {
        print(printsJson() ? ProtoJson.of(message) : text.apply(message));
    }

    /**
     * Prints a page as JSON or as a table.
     *
     * @param nextToken by which the next page is asked for; empty where there is none
     */
    final int print(Message page, String nextToken, List<String> heads, Stream<List<String>> rows) {
        print(page, _ -> Lines.table(heads, rows) + (nextToken.isEmpty() ? "" : "\nmore: --page-token " + nextToken));
        return ExitCode.HELD;
    }

    /**
     * Asks until there is an answer, or the time is over: a coordinator that starts, drains or has died answers "come
     * again". For requests that may be repeated only.
     *
     * @param call told how much of the time is left
     */
    static <R> R patiently(Duration patience, Function<Duration, R> call) {
        long until = System.nanoTime() + patience.toNanos();
        while (true) {
            Duration left = Duration.ofNanos(Math.max(0, until - System.nanoTime()));
            try {
                return call.apply(left);
            } catch (StatusRuntimeException refused) {
                Duration pause = Failure.pause(refused);
                if (pause == null || pause.compareTo(left) > 0) {
                    throw refused;
                }
                LockSupport.parkNanos(pause.toNanos());
            }
        }
    }

    /** A command that waits for a transaction's end where that is asked for. */
    abstract static class Waiting extends ClientCommand {
        @Option(
                names = "--wait",
                paramLabel = "DURATION",
                description = "Wait for the end, at most 5m. Exit 1 if it ends ABORTED (abort: otherwise) or is parked,"
                        + " 5 if it still runs.")
        private @Nullable Duration wait;

        final <R> R patiently(BiFunction<TransactionServiceBlockingStub, com.google.protobuf.Duration, R> call) {
            return patiently(
                    wait == null ? Duration.ZERO : wait,
                    left -> call.apply(transactions(left), Durations.fromNanos(left.toNanos())));
        }

        final int exitCode(Transaction transaction) {
            return wait == null ? ExitCode.HELD : Lines.exitCode(transaction);
        }
    }

    /** A command that lists page by page. */
    abstract static class Paged extends ClientCommand {
        @Option(
                names = "--limit",
                paramLabel = "N",
                description = "At most so many (default: 50), and at most what the server allows (500).")
        int limit;

        @Option(names = "--page-token", paramLabel = "TOKEN", description = "Where the page before said to go on.")
        String pageToken = "";
    }
}
