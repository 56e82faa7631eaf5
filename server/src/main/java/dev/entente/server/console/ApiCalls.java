package dev.entente.server.console;

import com.google.common.util.concurrent.ListenableFuture;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Asks the API. Thread-safe. */
final class ApiCalls {
    private final Channel channel;
    private final Duration patience;
    private final SharedAnswers shared;

    /**
     * @param patience how long a page waits for each of its parts
     * @param shared answers that pages have in common
     */
    ApiCalls(Channel channel, Duration patience, SharedAnswers shared) {
        this.channel = channel;
        this.patience = patience;
        this.shared = shared;
    }

    /** Asks at once. What is returned waits for the answer, blocks, and may be called once or more. */
    <Q, R> Supplier<Part<R>> ask(MethodDescriptor<Q, R> method, Q request, Texts texts) {
        ListenableFuture<R> answer = asked(method, request);
        return () -> awaited(answer, texts);
    }

    /** Takes an answer that was asked for just now by somebody who may see as much, or asks as {@link #ask} does. */
    <Q, R> Supplier<Part<R>> share(Visitor visitor, MethodDescriptor<Q, R> method, Q request, Texts texts) {
        Object question = List.of(visitor.roles(), method.getFullMethodName(), request);
        ListenableFuture<R> answer = shared.get(question, () -> asked(method, request));
        return () -> awaited(answer, texts);
    }

    private <Q, R> ListenableFuture<R> asked(MethodDescriptor<Q, R> method, Q request) {
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
