package dev.entente.client;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import dev.entente.v1.Binding;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.Operation;
import dev.entente.wire.SameBytes;
import dev.entente.wire.Times;
import io.grpc.MethodDescriptor;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A call to a participant in a plan, with the fields of earlier responses that the request needs. A call is a method
 * over gRPC ({@link Participant#call}), a request over HTTP ({@link Participant#post} and similar methods), or a record
 * for a topic of Kafka ({@link Participant#topic}). Immutable.
 *
 * <pre>{@code
 * stock.call(StockServiceGrpc.getReserveMethod(), reserve).timeout(Duration.ofSeconds(5))
 * crm.post("/accounts").header("X-Shop", "demo").json(new NewAccount("alice")).returning(Account.class)
 * events.topic("orders").key("order-4711").jsonBody("{\"paid\":true}")
 * }</pre>
 *
 * <p>A record is done once the brokers have acknowledged the record. The coordinator may send a record more than once.
 * Each copy has the same header {@code idempotency-key}: {@code gid/branch}, and {@code gid/branch/compensate} for an
 * undo.
 *
 * @param <R> the response's type; over HTTP, and for a record's position, {@link String} or the type of {@link
 *     #returning}
 */
public final class Call<R> {
    /** The coordinator's rule for a path. The coordinator also checks segments and escapes. */
    private static final Pattern PATH = Pattern.compile("/(?!/)[A-Za-z0-9/%._~!$&'()*+,;=:@?-]{0,2047}");

    /** Contains only the target, the headers and the body. */
    private final Operation operation;

    private final Callee<R> answers;
    private final List<Bound> bound;
    private final @Nullable Duration timeout;
    private final @Nullable Retry retry;

    /** A field that the request takes from an earlier response. */
    private record Bound(Binding binding, FieldRef from) {}

    /** The participant to call, and the type of the response. */
    sealed interface Callee<R> {
        Participant participant();

        /** @throws IllegalArgumentException if the response, which {@code whose} names, has another type */
        R read(ByteString answer, String whose);
    }

    /** The parts of a gRPC call that the client needs to make the call itself. */
    record Grpc<R>(
            Participant participant,
            MethodDescriptor<? extends Message, R> method,
            Message request,
            Message responsePrototype)
            implements Callee<R> {
        @Override
        @SuppressWarnings("unchecked") // the prototype of a call with response type R is an R
        public R read(ByteString answer, String whose) {
            return (R) parsed(responsePrototype, answer, whose);
        }
    }

    /** @throws IllegalArgumentException if the response, which {@code whose} names, has another type */
    @SuppressWarnings("unchecked") // a parser of R returns instances of R
    static <R extends Message> R parsed(R prototype, ByteString answer, String whose) {
        try {
            return (R) prototype.getParserForType().parseFrom(answer);
        } catch (InvalidProtocolBufferException other) {
            throw new IllegalArgumentException(
                    whose + " cannot be parsed as "
                            + prototype.getDescriptorForType().getFullName(),
                    other);
        }
    }

    private record InJson<R>(Participant participant, Class<R> type) implements Callee<R> {
        @Override
        public R read(ByteString answer, String whose) {
            return JsonCodec.read(participant.json(), answer, type, whose);
        }
    }

    private Call(
            Operation operation,
            Callee<R> answers,
            List<Bound> bound,
            @Nullable Duration timeout,
            @Nullable Retry retry) {
        this.operation = operation;
        this.answers = answers;
        this.bound = bound;
        this.timeout = timeout;
        this.retry = retry;
    }

    static <R extends Message> Call<R> grpc(
            Participant participant, MethodDescriptor<? extends Message, R> method, Message request, R prototype) {
        Operation operation = Operation.newBuilder()
                .setGrpc(participant.name() + "/" + method.getFullMethodName())
                .setRaw(SameBytes.of(request))
                .build();
        return new Call<>(operation, new Grpc<>(participant, method, request, prototype), List.of(), null, null);
    }

    static Call<String> http(Participant participant, String method, String path) {
        if (!PATH.matcher(path).matches()) {
            throw new IllegalArgumentException("'" + path + "' is not a valid path of a call to '" + participant.name()
                    + "'; begin the path with one slash, as in /payments, percent-encode characters that URLs do not"
                    + " allow, and leave out the fragment");
        }
        Operation.Builder target = Operation.newBuilder().setRaw(ByteString.EMPTY);
        target.getHttpBuilder()
                .setParticipant(participant.name())
                .setMethod(method)
                .setPath(path);
        return text(target.build(), participant);
    }

    static Call<String> kafka(Participant connector, String topic) {
        Operation.Builder target = Operation.newBuilder().setRaw(ByteString.EMPTY);
        target.getKafkaBuilder().setConnector(connector.name()).setTopic(topic);
        return text(target.build(), connector);
    }

    private static Call<String> text(Operation operation, Participant participant) {
        return new Call<>(operation, new InJson<>(participant, String.class), List.of(), null, null);
    }

    /**
     * Adds a header. Put credentials into the coordinator's configuration, not into a header.
     *
     * @param name over HTTP in upper or lower case; for a record {@code [a-z0-9._-]{1,64}}, and no header of Entente
     * @param value printable ASCII
     * @throws IllegalStateException if the call is made over gRPC
     */
    public Call<R> header(String name, String value) {
        refuseGrpc("a header");
        Operation.Builder changed = operation.toBuilder();
        if (operation.hasHttp()) {
            Map<String, String> headers = new TreeMap<>(operation.getHttp().getHeadersMap());
            headers.put(name, value);
            changed.getHttpBuilder().clearHeaders().putAllHeaders(headers);
        } else {
            changed.getKafkaBuilder().putHeaders(name, value);
        }
        return of(changed.build());
    }

    /**
     * Sets a record's key, which decides the partition. Records with equal keys keep their order.
     *
     * @param key at most 256 characters
     * @throws IllegalStateException if the call is no record
     */
    public Call<R> key(String key) {
        if (!operation.hasKafka()) {
            throw new IllegalStateException("only a record has a key: topic(…).key(\"" + key + "\")");
        }
        Operation.Builder changed = operation.toBuilder();
        changed.getKafkaBuilder().setKey(key);
        return of(changed.build());
    }

    /**
     * Sets the body, or the record's value, to the text. The coordinator sends every body over HTTP as JSON, unless a
     * header sets another type.
     *
     * @throws IllegalStateException if the call is made over gRPC
     */
    public Call<R> jsonBody(String json) {
        return body(json.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Sets the body, or the record's value, to an object as JSON. This method serializes the object immediately. For
     * text that is already JSON use {@link #jsonBody}.
     *
     * @throws IllegalStateException if the call is made over gRPC, or there is no {@link Entente.Builder#json mapper}
     * @throws IllegalArgumentException if the mapper cannot serialize the object
     */
    public Call<R> json(Object value) {
        return jsonBody(JsonCodec.required(answers.participant().json(), "a body of " + value.getClass())
                .write(value));
    }

    /**
     * Sets the class of the response, which is JSON. {@link Saga#run(Step, Duration)} and {@link TccScope#tryBranch}
     * return an instance.
     *
     * @throws IllegalStateException if the call is made over gRPC, because the method defines the response type
     */
    public <T> Call<T> returning(Class<T> type) {
        refuseGrpc("a class of the response");
        return new Call<>(operation, new InJson<>(answers.participant(), type), bound, timeout, retry);
    }

    /**
     * Sets the body, or the record's value, to bytes. If the bytes are not JSON, set the header {@code content-type}.
     *
     * @throws IllegalStateException if the call is made over gRPC
     */
    public Call<R> body(byte[] bytes) {
        refuseGrpc("a body");
        return of(operation.toBuilder().setRaw(ByteString.copyFrom(bytes)).build());
    }

    private void refuseGrpc(String what) {
        if (operation.hasGrpc()) {
            throw new IllegalStateException(
                    operation.getGrpc() + " is called over gRPC, with its request; " + what + " is for HTTP and Kafka");
        }
    }

    /**
     * Copies a field of an earlier response into the request. If the response is unknown, or the field is absent, the
     * request keeps its own value.
     *
     * @param number a field of the request, such as {@code RefundRequest.PAYMENT_ID_FIELD_NUMBER}
     * @throws TransactionRefused ENT-019 if the request has no such field, ENT-026 if the two are of different types
     */
    public Call<R> set(int number, FieldRef from) {
        return bound(Integer.toString(number), from, false);
    }

    /**
     * As {@link #set(int, FieldRef)}, for a nested field, or a part of a JSON body.
     *
     * @param path names or numbers separated by dots, such as {@code payment.id}; in JSON a pointer (RFC 6901), such as
     *     {@code /payment/id}; empty to replace the complete request
     * @throws IllegalArgumentException if a pointer does not begin with a slash
     */
    public Call<R> set(String path, FieldRef from) {
        return bound(path, from, false);
    }

    /**
     * As {@link #set(int, FieldRef)}, but if the field is absent, the call is not made and the transaction is parked.
     * An undo should not require a field, because the coordinator may never have seen the forward response. Find the
     * work to undo by gid and branch.
     */
    public Call<R> require(int number, FieldRef from) {
        return bound(Integer.toString(number), from, true);
    }

    /** As {@link #require(int, FieldRef)}, for a nested field, or a part of a JSON body. */
    public Call<R> require(String path, FieldRef from) {
        return bound(path, from, true);
    }

    /** Sets the timeout of one attempt; 30 s unless set here or for the complete transaction. */
    public Call<R> timeout(Duration perAttempt) {
        return new Call<>(operation, answers, bound, Times.positive(perAttempt, "a call's timeout"), retry);
    }

    /** Sets the attempts and pauses; the default is the coordinator's configuration. */
    public Call<R> retry(Retry retry) {
        return new Call<>(operation, answers, bound, timeout, retry);
    }

    /** Returns the operation in the plan's format. */
    public Operation toProto() {
        Operation.Builder whole = operation.toBuilder();
        bound.forEach(each -> whole.addBind(each.binding()));
        CallPolicy policy = policy(timeout, retry);
        return policy.equals(CallPolicy.getDefaultInstance())
                ? whole.build()
                : whole.setPolicy(policy).build();
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

    /**
     * Refuses a field of a response in another plan, because a branch of this plan may have the same name.
     *
     * @throws TransactionRefused ENT-018
     */
    void refuseOthersThan(Object plan, String branch) {
        for (Bound each : bound) {
            Object origin = each.from().plan();
            if (origin != null && !origin.equals(plan)) {
                throw TransactionRefused.mistake(
                        "ENT-018",
                        "'" + branch + "' binds a field of a response in another plan, which is not available here;"
                                + " bind fields of this plan's own steps");
            }
        }
    }

    boolean hasBindings() {
        return !bound.isEmpty();
    }

    /** Returns the gRPC parts; null for a call over HTTP or Kafka. */
    @Nullable
    Grpc<R> grpc() {
        return answers instanceof Grpc<R> grpc ? grpc : null;
    }

    Callee<R> answers() {
        return answers;
    }

    @Nullable
    Duration timeout() {
        return timeout;
    }

    @Nullable
    Retry retry() {
        return retry;
    }

    /** @param plan the builder of the plan that contains the branch */
    Response response(String branch, @Nullable Object plan) {
        Grpc<R> grpc = grpc();
        Descriptor type = grpc == null ? null : grpc.responsePrototype().getDescriptorForType();
        return new Response(branch, type, plan);
    }

    private Call<R> of(Operation changed) {
        return new Call<>(changed, answers, bound, timeout, retry);
    }

    private Call<R> bound(String toPath, FieldRef from, boolean required) {
        Grpc<R> grpc = grpc();
        Descriptor type = grpc == null ? null : grpc.request().getDescriptorForType();
        FieldRef to = FieldRef.of("", type, toPath, null);
        if (!to.type().equals(from.type())) {
            throw TransactionRefused.mistake(
                    "ENT-026",
                    from + " is " + from.type() + ", but " + to.name() + " is " + to.type()
                            + "; bind fields of the same type");
        }
        Binding binding = Binding.newBuilder()
                .setFrom(from.branch())
                .setFromPath(from.path())
                .setToPath(to.path())
                .setRequired(required)
                .build();
        List<Bound> more = new ArrayList<>(bound);
        more.add(new Bound(binding, from));
        return new Call<>(operation, answers, List.copyOf(more), timeout, retry);
    }
}
