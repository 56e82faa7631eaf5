package dev.entente.client;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Message;
import dev.entente.SameBytes;
import dev.entente.v1.Binding;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.Operation;
import dev.entente.wire.Times;
import io.grpc.MethodDescriptor;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A call to a participant that is to be made: method, request, and what of earlier responses goes into the request.
 * Immutable; made by {@link Participant#call}.
 *
 * @param <R> the response's type
 */
public final class Call<R extends Message> implements Invocation {
    private final Participant participant;
    private final MethodDescriptor<? extends Message, R> method;
    private final Message request;
    private final R responsePrototype;
    private final Bindings bindings;
    private final @Nullable Duration timeout;
    private final @Nullable Retry retry;

    Call(
            Participant participant,
            MethodDescriptor<? extends Message, R> method,
            Message request,
            R responsePrototype,
            Bindings bindings,
            @Nullable Duration timeout,
            @Nullable Retry retry) {
        this.participant = participant;
        this.method = method;
        this.request = request;
        this.responsePrototype = responsePrototype;
        this.bindings = bindings;
        this.timeout = timeout;
        this.retry = retry;
    }

    /**
     * Copies a field of an earlier response into the request. Where that response is not known, or has no such field,
     * the request keeps what it has.
     *
     * @param number a field of the request, such as {@code RefundRequest.PAYMENT_ID_FIELD_NUMBER}
     * @throws TransactionRefused ENT-019 if the request has no such field, ENT-026 if the two are of different types
     */
    public Call<R> set(int number, FieldRef from) {
        return bound(Integer.toString(number), from, false);
    }

    /**
     * As {@link #set(int, FieldRef)}, for a field of a field.
     *
     * @param path names or numbers with dots between them, such as {@code payment.id}; empty to copy over the whole
     *     request
     */
    public Call<R> set(String path, FieldRef from) {
        return bound(path, from, false);
    }

    /**
     * As {@link #set(int, FieldRef)}, but where the field is absent the call is not made and the transaction is parked.
     * An undo should rather find what to undo by gid and branch: the answer to its forward call may never have been
     * seen.
     */
    public Call<R> require(int number, FieldRef from) {
        return bound(Integer.toString(number), from, true);
    }

    /** As {@link #require(int, FieldRef)}, for a field of a field. */
    public Call<R> require(String path, FieldRef from) {
        return bound(path, from, true);
    }

    /** How long one attempt may take; 30 s unless set here or for the whole transaction. */
    public Call<R> timeout(Duration perAttempt) {
        return new Call<>(
                participant,
                method,
                request,
                responsePrototype,
                bindings,
                Times.positive(perAttempt, "a call's timeout"),
                retry);
    }

    /** How often it is attempted; unless set, what the coordinator is configured for. */
    public Call<R> retry(Retry retry) {
        return new Call<>(participant, method, request, responsePrototype, bindings, timeout, retry);
    }

    @Override
    public Operation toProto() {
        Operation.Builder operation = Operation.newBuilder()
                .setGrpc(participant.name() + "/" + method.getFullMethodName())
                .setRaw(SameBytes.of(request))
                .addAllBind(bindings.all());
        CallPolicy policy = policy(timeout, retry);
        return policy.equals(CallPolicy.getDefaultInstance())
                ? operation.build()
                : operation.setPolicy(policy).build();
    }

    static CallPolicy policy(@Nullable Duration timeout, @Nullable Retry retry) {
        CallPolicy.Builder policy = CallPolicy.newBuilder();
        if (timeout != null) {
            policy.setTimeout(Times.proto(timeout));
        }
        if (retry != null) {
            retry.writeTo(policy);
        }
        return policy.build();
    }

    Bindings bindings() {
        return bindings;
    }

    Participant participant() {
        return participant;
    }

    MethodDescriptor<? extends Message, R> method() {
        return method;
    }

    Message request() {
        return request;
    }

    R responsePrototype() {
        return responsePrototype;
    }

    @Override
    public boolean hasBindings() {
        return !bindings.all().isEmpty();
    }

    @Nullable
    Duration timeout() {
        return timeout;
    }

    @Nullable
    Retry retry() {
        return retry;
    }

    /** @param plan the builder of the plan in which that branch is */
    Response<R> response(String branch, @Nullable Object plan) {
        return new Response<>(branch, responsePrototype, plan);
    }

    private Call<R> bound(String toPath, FieldRef from, boolean required) {
        Descriptor type = request.getDescriptorForType();
        NestedField to = NestedField.of(type, toPath);
        if (!to.type().equals(from.path().type())) {
            throw TransactionRefused.mistake(
                    "ENT-026",
                    from + " is " + from.path().type() + ", but " + to + " is " + to.type()
                            + "; bind fields of one type");
        }
        Binding binding = Binding.newBuilder()
                .setFrom(from.branch())
                .setFromPath(from.path().numbers())
                .setToPath(to.numbers())
                .setRequired(required)
                .build();
        Bindings more = bindings.with(binding, from.plan());
        return new Call<>(participant, method, request, responsePrototype, more, timeout, retry);
    }
}
