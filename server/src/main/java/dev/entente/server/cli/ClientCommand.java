package dev.entente.server.cli;

import com.google.gson.JsonElement;
import com.google.protobuf.Message;
import dev.entente.server.app.ValueParser;
import dev.entente.server.cli.text.Failure;
import dev.entente.server.cli.text.Lines;
import dev.entente.server.cli.text.ProtoJson;
import dev.entente.v1.OperatorServiceGrpc;
import dev.entente.v1.TopicServiceGrpc;
import dev.entente.v1.Transaction;
import dev.entente.v1.TransactionServiceGrpc;
import io.grpc.Channel;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** A command that asks a coordinator over gRPC. Prints JSON alone on stdout with {@code -o json}. */
abstract class ClientCommand implements Callable<Integer> {
    /** How a command prints. */
    enum Format {
        text,
        json
    }

    /** {@code 10s}. */
    static final class DurationReader implements ITypeConverter<Duration> {
        @Override
        public Duration convert(String text) {
            try {
                return ValueParser.duration(text);
            } catch (IllegalArgumentException bad) {
                throw new TypeConversionException("'" + text + "': " + bad.getMessage());
            }
        }
    }

    @Mixin
    private Remote remote;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "text|json",
            description = "How to print (default: text).")
    private Format format = Format.text;

    @Option(
            names = "--timeout",
            paramLabel = "DURATION",
            converter = DurationReader.class,
            description = "For the coordinator's answer, beyond what is waited for (default: 30s; recover: 35m).")
    private @Nullable Duration timeout;

    @Spec
    private CommandSpec spec;

    private @Nullable Channel channel;

    @Override
    public final Integer call() {
        ManagedChannel connection = remote.connect(commandLine());
        try {
            channel = remote.open(connection, commandLine());
            return run();
        } catch (StatusRuntimeException failed) {
            return Failure.of(failed, remote.address()).report(commandLine(), printsJson());
        } finally {
            connection.shutdownNow();
            out().flush();
        }
    }

    /** Does what the command is for; returns its exit code. */
    abstract int run();

    /** How long the coordinator may take where nothing is said. */
    Duration standardTimeout() {
        return Duration.ofSeconds(30);
    }

    final Duration timeout() {
        return timeout == null ? standardTimeout() : timeout;
    }

    /** @param wait what the request itself waits for */
    final TransactionServiceGrpc.TransactionServiceBlockingStub transactions(Duration wait) {
        return TransactionServiceGrpc.newBlockingStub(connected())
                .withDeadlineAfter(timeout().plus(wait).toMillis(), TimeUnit.MILLISECONDS);
    }

    final TransactionServiceGrpc.TransactionServiceBlockingStub transactions() {
        return transactions(Duration.ZERO);
    }

    /** For streams, which last as long as they last. */
    final TransactionServiceGrpc.TransactionServiceBlockingStub endlessTransactions() {
        return TransactionServiceGrpc.newBlockingStub(connected());
    }

    final OperatorServiceGrpc.OperatorServiceBlockingStub operator() {
        return OperatorServiceGrpc.newBlockingStub(connected())
                .withDeadlineAfter(timeout().toMillis(), TimeUnit.MILLISECONDS);
    }

    final TopicServiceGrpc.TopicServiceBlockingStub topics() {
        return TopicServiceGrpc.newBlockingStub(connected())
                .withDeadlineAfter(timeout().toMillis(), TimeUnit.MILLISECONDS);
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

    private Channel connected() {
        return Objects.requireNonNull(channel, "only within run");
    }

    final boolean printsJson() {
        return format == Format.json;
    }

    final PrintWriter out() {
        return commandLine().getOut();
    }

    final PrintWriter err() {
        return commandLine().getErr();
    }

    final CommandLine commandLine() {
        return spec.commandLine();
    }

    final void print(JsonElement json) {
        out().println(json);
        out().flush();
    }

    final void print(Message message) {
        print(ProtoJson.of(message));
    }

    /** All of it as JSON, or one line for people. */
    final void printSummary(Transaction transaction) {
        if (printsJson()) {
            print(transaction);
        } else {
            out().println(Lines.summary(transaction));
        }
    }
}
