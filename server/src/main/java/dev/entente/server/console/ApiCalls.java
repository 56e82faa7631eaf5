package dev.entente.server.console;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Asks the API. Thread-safe. */
final class ApiCalls {
    private final Channel channel;
    private final Duration patience;
    private final SharedAnswers shared;
    private final String sight;

    /**
     * @param patience how long a page waits for each of its parts
     * @param sight the same for all visitors who have the same answers
     */
    ApiCalls(Channel channel, Duration patience, SharedAnswers shared, String sight) {
        this.channel = channel;
        this.patience = patience;
        this.shared = shared;
        this.sight = sight;
    }

    /** Asks at once. What is returned waits for the answer, blocks, and may be called once or more. */
    <Q, R> Supplier<Part<R>> ask(MethodDescriptor<Q, R> method, Q request, Texts texts) {
        ListenableFuture<R> answer = call(method, request);
        return () -> awaited(answer, texts);
    }

    /** Asks, unless the answer is at most a second old. What is returned is as with {@link #ask}. */
    <Q, R> Supplier<Part<R>> askShared(MethodDescriptor<Q, R> method, Q request, Texts texts) {
        SharedAnswers.Question question = new SharedAnswers.Question(sight, method.getFullMethodName(), request);
        ListenableFuture<R> answer = shared.to(question, () -> call(method, request));
        return () -> awaited(answer, texts);
    }

    private <Q, R> ListenableFuture<R> call(MethodDescriptor<Q, R> method, Q request) {
        CallOptions options = CallOptions.DEFAULT.withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS);
        return ClientCalls.futureUnaryCall(channel.newCall(method, options), request);
    }

    private <R> Part<R> awaited(ListenableFuture<R> answer, Texts texts) {
        try {
            return Part.of(answer.get());
        } catch (ExecutionException failed) {
            Status status = Status.fromThrowable(failed.getCause());
            String said = status.getDescription();
            return Part.failed(
                    status.getCode() == Status.Code.DEADLINE_EXCEEDED
                            ? texts.of("part.late", texts.span(patience))
                            : said == null ? status.getCode().name() : said);
        } catch (InterruptedException stopped) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            return Part.failed(texts.of("part.stopped"));
        }
    }
}
