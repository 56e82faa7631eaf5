package dev.entente.client;

import com.google.protobuf.ByteString;
import dev.entente.v1.Binding;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.Operation;
import dev.entente.wire.Times;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A record that the coordinator is to send to a topic of Kafka, through a participant whose configured target is a
 * broker. Usable wherever nobody's answer is needed: as a step, a compensation, a confirm or cancel, a delivery, a
 * notification. Immutable; made by {@link Participant#topic}.
 *
 * <pre>{@code
 * events.topic("orders").key("order-4711").jsonBody("{\"paid\":true}")
 * }</pre>
 *
 * <p>It is done once the brokers have acknowledged it, and it may be sent more than once. Its header
 * {@code idempotency-key} is the same each time: {@code gid/branch}, and {@code gid/branch/compensate} for an undo.
 */
public final class KafkaCall implements Invocation {
    /** With its topic, key and headers, and nothing else. */
    private final Operation target;

    private final ByteString value;
    private final Bindings bindings;
    private final @Nullable Duration timeout;
    private final @Nullable Retry retry;

    private KafkaCall(
            Operation target, ByteString value, Bindings bindings, @Nullable Duration timeout, @Nullable Retry retry) {
        this.target = target;
        this.value = value;
        this.bindings = bindings;
        this.timeout = timeout;
        this.retry = retry;
    }

    static KafkaCall of(Participant connector, String topic) {
        Operation.Builder target = Operation.newBuilder();
        target.getKafkaBuilder().setConnector(connector.name()).setTopic(topic);
        return new KafkaCall(target.build(), ByteString.EMPTY, Bindings.NONE, null, null);
    }

    /**
     * Sets the key, which decides the partition; records of one key keep their order.
     *
     * @param key at most 256 characters
     */
    public KafkaCall key(String key) {
        Operation.Builder changed = target.toBuilder();
        changed.getKafkaBuilder().setKey(key);
        return new KafkaCall(changed.build(), value, bindings, timeout, retry);
    }

    /**
     * Sends a header along.
     *
     * @param name {@code [a-z0-9._-]{1,64}}, and none of Entente's own
     * @param text printable ASCII
     */
    public KafkaCall header(String name, String text) {
        Operation.Builder changed = target.toBuilder();
        changed.getKafkaBuilder().putHeaders(name, text);
        return new KafkaCall(changed.build(), value, bindings, timeout, retry);
    }

    /** Sends that text as the record's value. */
    public KafkaCall jsonBody(String json) {
        return body(json.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends those bytes as the record's value. */
    public KafkaCall body(byte[] bytes) {
        return new KafkaCall(target, ByteString.copyFrom(bytes), bindings, timeout, retry);
    }

    /**
     * Copies a part of an earlier answer into the value, which must be JSON. Where that answer is not known, or has no
     * such part, the value keeps what it has.
     *
     * @param pointer where to, RFC 6901, such as {@code /payment/id}; empty for the whole value
     */
    public KafkaCall set(String pointer, HttpResponse.Part from) {
        return bound(pointer, from, false);
    }

    /** As {@link #set}, but where the part is absent nothing is sent and the transaction is parked. */
    public KafkaCall require(String pointer, HttpResponse.Part from) {
        return bound(pointer, from, true);
    }

    /** How long one attempt may take; 30 s unless set here or for the whole transaction. */
    public KafkaCall timeout(Duration perAttempt) {
        return new KafkaCall(target, value, bindings, Times.positive(perAttempt, "a record's timeout"), retry);
    }

    /** How often it is attempted; unless set, what the coordinator is configured for. */
    public KafkaCall retry(Retry newRetry) {
        return new KafkaCall(target, value, bindings, timeout, newRetry);
    }

    @Override
    public Operation toProto() {
        Operation.Builder operation = target.toBuilder().setRaw(value).addAllBind(bindings.all());
        CallPolicy policy = Call.policy(timeout, retry);
        return policy.equals(CallPolicy.getDefaultInstance())
                ? operation.build()
                : operation.setPolicy(policy).build();
    }

    Bindings bindings() {
        return bindings;
    }

    @Override
    public boolean hasBindings() {
        return !bindings.all().isEmpty();
    }

    private KafkaCall bound(String pointer, HttpResponse.Part from, boolean required) {
        Binding binding = Binding.newBuilder()
                .setFrom(from.branch())
                .setFromPath(from.pointer())
                .setToPath(HttpCall.pointer(pointer))
                .setRequired(required)
                .build();
        return new KafkaCall(target, value, bindings.with(binding, from.plan()), timeout, retry);
    }
}
