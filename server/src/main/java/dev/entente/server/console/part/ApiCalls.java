package dev.entente.server.console.part;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Asks the API. Thread-safe. */
public final class ApiCalls {
    private final Channel channel;
    private final Duration patience;
    private final SharedAnswers shared;
    private final String sight;

    /**
     * @param patience how long a page waits for each of its parts
     * @param sight the same for all visitors who have the same answers
     */
    public ApiCalls(Channel channel, Duration patience, SharedAnswers shared, String sight) {
        this.channel = channel;
        this.patience = patience;
        this.shared = shared;
        this.sight = sight;
    }

    public Duration patience() {
        return patience;
    }

    /** Returns it with another patience. */
    public ApiCalls within(Duration other) {
        return new ApiCalls(channel, other, shared, sight);
    }

    /** Returns a call that nothing ends but its own end, or {@code cancel}. */
    public <Q, R> ClientCall<Q, R> call(MethodDescriptor<Q, R> method) {
        return channel.newCall(method, CallOptions.DEFAULT);
    }

    /** Returns the first answers of a stream, and ends it. Blocks. */
    public <Q, R> Part<List<R>> first(int most, MethodDescriptor<Q, R> method, Q request, Texts texts) {
        ClientCall<Q, R> call = channel.newCall(method, options());
        List<R> first = new ArrayList<>();
        try {
            Iterator<R> answers = ClientCalls.blockingServerStreamingCall(call, request);
            while (first.size() < most && answers.hasNext()) {
                first.add(answers.next());
            }
            return Part.of(List.copyOf(first));
        } catch (StatusRuntimeException failed) {
            return failed(failed, texts);
        } finally {
            call.cancel("these were enough", null);
        }
    }

    private CallOptions options() {
        return CallOptions.DEFAULT.withDeadlineAfter(patience.toMillis(), TimeUnit.MILLISECONDS);
    }

    private <R> Part<R> failed(Throwable failure, Texts texts) {
        Status status = Status.fromThrowable(failure);
        String said = status.getCode() == Status.Code.DEADLINE_EXCEEDED
                ? texts.of("part.late", texts.span(patience))
                : Objects.requireNonNullElse(
                        status.getDescription(), status.getCode().name());
        return new Part<>(null, http(status.getCode()), said, findings(failure));
    }

    private static int http(Status.Code code) {
        return switch (code) {
            case INVALID_ARGUMENT, FAILED_PRECONDITION, OUT_OF_RANGE -> 400;
            case PERMISSION_DENIED, UNAUTHENTICATED -> 403;
            case NOT_FOUND -> 404;
            case ABORTED, ALREADY_EXISTS -> 409;
            case OK, UNKNOWN, INTERNAL, DATA_LOSS, UNIMPLEMENTED -> 500;
            case CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, UNAVAILABLE -> 503;
        };
    }

    /** Asks at once. What is returned waits for the answer, blocks, and may be called once or more. */
    public <Q, R> Supplier<Part<R>> ask(MethodDescriptor<Q, R> method, Q request, Texts texts) {
        ListenableFuture<R> answer = call(method, request);
        return () -> awaited(answer, texts);
    }

    /** Asks, unless the answer is at most a second old. What is returned is as with {@link #ask}. */
    public <Q, R> Supplier<Part<R>> askShared(MethodDescriptor<Q, R> method, Q request, Texts texts) {
        SharedAnswers.Question question = new SharedAnswers.Question(sight, method.getFullMethodName(), request);
        ListenableFuture<R> answer = shared.to(question, () -> call(method, request));
        return () -> awaited(answer, texts);
    }

    private <Q, R> ListenableFuture<R> call(MethodDescriptor<Q, R> method, Q request) {
        return ClientCalls.futureUnaryCall(channel.newCall(method, options()), request);
    }

    private <R> Part<R> awaited(ListenableFuture<R> answer, Texts texts) {
        try {
            return Part.of(answer.get());
        } catch (ExecutionException failed) {
            return failed(failed, texts);
        } catch (InterruptedException stopped) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            return Part.failed(texts.of("part.stopped"));
        }
    }

    /** One that stands for those that were left out has no code in its text. */
    private static String coded(BadRequest.FieldViolation one) {
        String said = one.getDescription();
        return said.startsWith(one.getReason()) ? said : one.getReason() + ": " + said;
    }

    private static List<Part.Finding> findings(Throwable refused) {
        com.google.rpc.Status details = StatusProto.fromThrowable(refused);
        try {
            for (Any detail : details == null ? List.<Any>of() : details.getDetailsList()) {
                if (detail.is(BadRequest.class)) {
                    return detail.unpack(BadRequest.class).getFieldViolationsList().stream()
                            .map(one -> new Part.Finding(one.getField(), coded(one)))
                            .toList();
                }
            }
            return List.of();
        } catch (InvalidProtocolBufferException damaged) {
            return List.of();
        }
    }
}
