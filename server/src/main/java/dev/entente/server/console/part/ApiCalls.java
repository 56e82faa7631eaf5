package dev.entente.server.console.part;

import com.google.common.util.concurrent.ListenableFuture;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptors;
import io.grpc.Deadline;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.MetadataUtils;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Calls the API for one page. For use by one thread. */
public final class ApiCalls {
    /** The time limit of one part of a page. The database's own limit for a list or a count is shorter. */
    private static final Duration PART_TIMEOUT = Duration.ofSeconds(2);

    /** The time limit of a complete page. A request about one transaction may use all of the remaining time. */
    private static final Duration PAGE_TIMEOUT = Duration.ofSeconds(4);

    /**
     * The time limit of a form's request. The limit is longer than three other waits: the wait of an operation for
     * calls in flight, the wait of a probe for its participant, and the wait of a plan for its participants' types.
     */
    private static final Duration FORM_PATIENCE = Duration.ofSeconds(15);

    private static final Metadata.Key<String> REQUEST_ID =
            Metadata.Key.of("entente-request-id", Metadata.ASCII_STRING_MARSHALLER);

    private final Channel channel;
    private final ResponseCache shared;
    private final String visibility;
    private final Texts texts;
    private final Instant now;
    private Deadline end = after(PAGE_TIMEOUT);

    /**
     * @param visibility equal for all users who get equal responses
     * @param now the time of the page
     */
    public ApiCalls(Channel channel, ResponseCache shared, String visibility, Texts texts, Instant now) {
        this.channel = channel;
        this.shared = shared;
        this.visibility = visibility;
        this.texts = texts;
        this.now = now;
    }

    /**
     * Returns a call without a deadline. The call runs until it ends or {@code cancel} is called.
     *
     * @param requestId with which the audit shows the call
     */
    public <Q, R> ClientCall<Q, R> call(MethodDescriptor<Q, R> method, String requestId) {
        Metadata headers = new Metadata();
        headers.put(REQUEST_ID, requestId);
        return ClientInterceptors.intercept(channel, MetadataUtils.newAttachHeadersInterceptor(headers))
                .newCall(method, CallOptions.DEFAULT);
    }

    /** Returns the first responses of a stream, and cancels the stream. Blocks. */
    public <Q, R> ApiResult<List<R>> first(int most, MethodDescriptor<Q, R> method, Q request) {
        ClientCall<Q, R> call = channel.newCall(method, CallOptions.DEFAULT.withDeadline(after(PART_TIMEOUT)));
        List<R> first = new ArrayList<>();
        try {
            Iterator<R> answers = ClientCalls.blockingServerStreamingCall(call, request);
            while (first.size() < most && answers.hasNext()) {
                first.add(answers.next());
            }
            return ApiResult.of(List.copyOf(first));
        } catch (StatusRuntimeException failed) {
            return failed(failed, PART_TIMEOUT);
        } finally {
            call.cancel("these were enough", null);
        }
    }

    private static Deadline after(Duration time) {
        return Deadline.after(time.toMillis(), TimeUnit.MILLISECONDS);
    }

    private <R> ApiResult<R> failed(Throwable failure, Duration timeout) {
        Status status = Status.fromThrowable(failure);
        String said = status.getCode() == Status.Code.DEADLINE_EXCEEDED
                ? texts.of("part.late", texts.span(timeout))
                : Objects.requireNonNullElse(
                        status.getDescription(), status.getCode().name());
        return new ApiResult<>(null, http(status.getCode()), said, findings(failure), null);
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

    /** Sends the request immediately. The returned supplier waits for the response, blocks, and is reusable. */
    public <Q, R> Supplier<ApiResult<R>> ask(MethodDescriptor<Q, R> method, Q request) {
        return awaited(call(method, request, after(PART_TIMEOUT)), PART_TIMEOUT);
    }

    /** Sends a request about one transaction in the page's remaining time. Returns the supplier of {@link #ask}. */
    public <Q, R> Supplier<ApiResult<R>> askOfOne(MethodDescriptor<Q, R> method, Q request) {
        return awaited(call(method, request, end), PAGE_TIMEOUT);
    }

    /** Sends the request, unless an equal request is less than a second old. Returns the supplier of {@link #ask}. */
    public <Q, R> Supplier<ApiResult<R>> askShared(MethodDescriptor<Q, R> method, Q request) {
        return awaited(shared.to(key(method, request), () -> call(method, request, after(PART_TIMEOUT))), PART_TIMEOUT);
    }

    /** As {@link #askShared}; an earlier response replaces a missing one. Only for pages that show its time. */
    public <Q, R> Supplier<ApiResult<R>> askKept(MethodDescriptor<Q, R> method, Q request) {
        Supplier<ApiResult<R>> asked = askShared(method, request);
        return () -> shared.orLast(key(method, request), asked.get(), now);
    }

    private ResponseCache.CacheKey key(MethodDescriptor<?, ?> method, Object request) {
        return new ResponseCache.CacheKey(visibility, method.getFullMethodName(), request);
    }

    /** Sends the request of a form. Blocks. The page that shows the result then has the complete page time. */
    public <Q, R> ApiResult<R> carryOut(MethodDescriptor<Q, R> method, Q request) {
        ApiResult<R> done = awaited(call(method, request, after(FORM_PATIENCE)), FORM_PATIENCE)
                .get();
        end = after(PAGE_TIMEOUT);
        return done;
    }

    private <Q, R> ListenableFuture<R> call(MethodDescriptor<Q, R> method, Q request, Deadline deadline) {
        return ClientCalls.futureUnaryCall(
                channel.newCall(method, CallOptions.DEFAULT.withDeadline(deadline)), request);
    }

    private <R> Supplier<ApiResult<R>> awaited(ListenableFuture<R> answer, Duration timeout) {
        return () -> answer(answer, timeout);
    }

    private <R> ApiResult<R> answer(ListenableFuture<R> answer, Duration timeout) {
        try {
            return ApiResult.of(answer.get());
        } catch (ExecutionException failed) {
            return failed(failed, timeout);
        } catch (InterruptedException stopped) {
            answer.cancel(true);
            Thread.currentThread().interrupt();
            return ApiResult.failed(texts.of("part.stopped"));
        }
    }

    /** Returns the text with its code. The violation that summarizes omitted violations has no code in its text. */
    private static String coded(BadRequest.FieldViolation one) {
        String said = one.getDescription();
        return said.startsWith(one.getReason()) ? said : one.getReason() + ": " + said;
    }

    private static List<ApiResult.Finding> findings(Throwable refused) {
        com.google.rpc.Status details = StatusProto.fromThrowable(refused);
        try {
            for (Any detail : details == null ? List.<Any>of() : details.getDetailsList()) {
                if (detail.is(BadRequest.class)) {
                    return detail.unpack(BadRequest.class).getFieldViolationsList().stream()
                            .map(one -> new ApiResult.Finding(one.getField(), coded(one)))
                            .toList();
                }
            }
            return List.of();
        } catch (InvalidProtocolBufferException damaged) {
            return List.of();
        }
    }
}
