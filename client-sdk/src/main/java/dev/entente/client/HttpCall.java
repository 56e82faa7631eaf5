package dev.entente.client;

import com.google.protobuf.ByteString;
import dev.entente.v1.Binding;
import dev.entente.v1.CallPolicy;
import dev.entente.v1.Operation;
import dev.entente.wire.Times;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A request over HTTP that the coordinator is to make, at a participant whose configured target is a URL. Usable
 * wherever a {@link Call} is, but for tries that a client makes itself. Immutable; made by {@link Participant#post} and
 * its like.
 *
 * <pre>{@code
 * crm.post("/accounts").header("X-Shop", "demo").jsonBody("{\"customer\":\"alice\"}").timeout(Duration.ofSeconds(5))
 * }</pre>
 */
public final class HttpCall implements Invocation {
    /** With its address and headers, and nothing else. */
    private final Operation target;

    private final ByteString body;
    private final Bindings bindings;
    private final @Nullable Duration timeout;
    private final @Nullable Retry retry;

    private HttpCall(
            Operation target, ByteString body, Bindings bindings, @Nullable Duration timeout, @Nullable Retry retry) {
        this.target = target;
        this.body = body;
        this.bindings = bindings;
        this.timeout = timeout;
        this.retry = retry;
    }

    static HttpCall of(Participant participant, String method, String path) {
        Operation.Builder target = Operation.newBuilder();
        target.getHttpBuilder()
                .setParticipant(participant.name())
                .setMethod(method)
                .setPath(path);
        return new HttpCall(target.build(), ByteString.EMPTY, Bindings.NONE, null, null);
    }

    /**
     * Sends a header along. Credentials are none of these: they belong in the coordinator's configuration.
     *
     * @param name whatever its case
     * @param value printable ASCII
     */
    public HttpCall header(String name, String value) {
        Map<String, String> headers = new TreeMap<>(target.getHttp().getHeadersMap());
        headers.put(name, value);
        Operation.Builder changed = target.toBuilder();
        changed.getHttpBuilder().clearHeaders().putAllHeaders(headers);
        return new HttpCall(changed.build(), body, bindings, timeout, retry);
    }

    /** Sends that text as its body: JSON, as the coordinator says of every body unless a header says otherwise. */
    public HttpCall jsonBody(String json) {
        return body(json.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends those bytes as its body; say in the header {@code content-type} what they are, if not JSON. */
    public HttpCall body(byte[] bytes) {
        return new HttpCall(target, ByteString.copyFrom(bytes), bindings, timeout, retry);
    }

    /**
     * Copies a part of an earlier answer into the body, which must be JSON. Where that answer is not known, or has no
     * such part, the body keeps what it has.
     *
     * @param pointer where to, RFC 6901, such as {@code /payment/id}; empty for the whole body
     */
    public HttpCall set(String pointer, HttpResponse.Part from) {
        return bound(pointer, from, false);
    }

    /** As {@link #set}, but where the part is absent the call is not made and the transaction is parked. */
    public HttpCall require(String pointer, HttpResponse.Part from) {
        return bound(pointer, from, true);
    }

    /** How long one attempt may take; 30 s unless set here or for the whole transaction. */
    public HttpCall timeout(Duration perAttempt) {
        return new HttpCall(target, body, bindings, Times.positive(perAttempt, "a call's timeout"), retry);
    }

    /** How often it is attempted; unless set, what the coordinator is configured for. */
    public HttpCall retry(Retry newRetry) {
        return new HttpCall(target, body, bindings, timeout, newRetry);
    }

    @Override
    public Operation toProto() {
        Operation.Builder operation = target.toBuilder().setRaw(body).addAllBind(bindings.all());
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

    static String pointer(String text) {
        if (!text.isEmpty() && !text.startsWith("/")) {
            throw new IllegalArgumentException("'" + text + "' is no JSON pointer; write /payment/id");
        }
        return text;
    }

    private HttpCall bound(String pointer, HttpResponse.Part from, boolean required) {
        Binding binding = Binding.newBuilder()
                .setFrom(from.branch())
                .setFromPath(from.pointer())
                .setToPath(pointer(pointer))
                .setRequired(required)
                .build();
        return new HttpCall(target, body, bindings.with(binding, from.plan()), timeout, retry);
    }
}
