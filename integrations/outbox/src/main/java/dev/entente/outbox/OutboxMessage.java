package dev.entente.outbox;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.entente.client.PlanBuilder;
import dev.entente.v1.Plan;
import dev.entente.wire.TraceParent;
import io.grpc.MethodDescriptor;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A message and its receiver. Immutable; each method that sets something returns a copy.
 *
 * <pre>{@code
 * OutboxMessage.toGrpc("stock", StockServiceGrpc.getReserveMethod(), request).key(order)
 * OutboxMessage.toHttp("POST", URI.create("https://crm.example/orders"), json)
 *     .header("content-type", "application/json")
 * OutboxMessage.toKafka("orders", json).key(order)
 * OutboxMessage.toCoordinator(entente.saga("checkout").gid("order-4711"))
 * }</pre>
 */
public final class OutboxMessage {
    /** The largest payload, in bytes. */
    public static final int MAX_PAYLOAD_BYTES = 1 << 20;

    /** The carrier of plans. The address is empty, and the payload is the plan's bytes. */
    static final String COORDINATOR = "coordinator";
    /** The carrier of requests to unary methods. The relay finds the channel by the address. */
    static final String GRPC = "grpc";
    /** The carrier of HTTP requests. The payload is the body, and the address is a URL. */
    static final String HTTP = "http";

    /** The carrier that {@code entente-kafka} provides. The address is a topic. */
    private static final String KAFKA = "kafka";

    private static final Pattern CARRIER = Pattern.compile("[a-z][a-z0-9-]{0,31}");
    private static final Pattern KAFKA_TOPIC = Pattern.compile("[A-Za-z0-9._-]{1,249}");
    private static final int MAX_KEY_CHARS = 256;
    private static final int MAX_ADDRESS_CHARS = 2048;
    /** Sufficient for a host, and short enough for an index. */
    private static final int MAX_DESTINATION_CHARS = 300;

    private static final int MAX_HEADERS = 32;
    private static final int MAX_HEADER_CHARS = 4096;
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");
    private static final Pattern HEADER_NAME = Pattern.compile("[a-z0-9_.-]{1,64}");
    private static final Pattern HEADER_VALUE = Pattern.compile("[\\x20-\\x7e]*");
    private static final Pattern HTTP_METHOD = Pattern.compile("[A-Z]{1,16}");
    /** Headers that the relay sets itself, or that HTTP clients do not let applications set. */
    private static final Set<String> RESERVED = Set.of(
            "idempotency-key",
            "traceparent",
            "connection",
            "content-length",
            "expect",
            "host",
            "http2-settings",
            "keep-alive",
            "te",
            "trailer",
            "transfer-encoding",
            "upgrade");

    private final String carrier;
    private final String address;
    private final String method;
    private final ByteString payload;
    private final String id;
    private final @Nullable String key;
    private final Map<String, String> headers;

    private OutboxMessage(
            String carrier,
            String address,
            String method,
            ByteString payload,
            String id,
            @Nullable String key,
            Map<String, String> headers) {
        if (payload.size() > MAX_PAYLOAD_BYTES) {
            throw new IllegalArgumentException("a payload of " + payload.size() + " bytes for " + carrier + " "
                    + address + "; an outbox takes at most " + MAX_PAYLOAD_BYTES
                    + "; store the payload elsewhere and send a reference");
        }
        if (address.length() > MAX_ADDRESS_CHARS) {
            throw new IllegalArgumentException(
                    "an address of " + address.length() + " characters; at most " + MAX_ADDRESS_CHARS);
        }
        this.carrier = carrier;
        this.address = address;
        this.method = method;
        this.payload = payload;
        this.id = id;
        this.key = key;
        this.headers = Map.copyOf(headers);
    }

    /**
     * Creates a message that submits a transaction to the coordinator. The message's id is the transaction's gid, so
     * that a repeated delivery joins the existing transaction. Later changes of the plan have no effect.
     */
    public static OutboxMessage toCoordinator(PlanBuilder<?> transaction) {
        Plan plan = transaction.toProto();
        return new OutboxMessage(COORDINATOR, "", "", plan.toByteString(), plan.getGid(), null, Map.of());
    }

    /**
     * Creates a call of a unary method. The status OK means delivered; the response is not read.
     *
     * @param destination the name of a channel that {@link OutboxRelay.Builder#channel} knows, or {@code host:port} for
     *     plain text
     * @throws IllegalArgumentException if the method streams, or the request is larger than {@link #MAX_PAYLOAD_BYTES}
     */
    public static <Q extends Message> OutboxMessage toGrpc(
            String destination, MethodDescriptor<Q, ?> method, Q request) {
        if (method.getType() != MethodDescriptor.MethodType.UNARY) {
            throw new IllegalArgumentException(
                    method.getFullMethodName() + " is " + method.getType() + "; an outbox calls only unary methods");
        }
        if (destination.isEmpty()) {
            throw new IllegalArgumentException(
                    "a call of " + method.getFullMethodName() + " needs a destination: a channel's name, or host:port");
        }
        return new OutboxMessage(
                GRPC, destination, method.getFullMethodName(), request.toByteString(), "", null, Map.of());
    }

    /**
     * Creates an HTTP request. A status 2xx means delivered; the response body is not read. Redirects are not followed.
     *
     * @param method such as {@code POST}
     * @param url absolute, http or https
     * @throws IllegalArgumentException if the method or the URL is invalid, or the body is larger than {@link
     *     #MAX_PAYLOAD_BYTES}
     */
    public static OutboxMessage toHttp(String method, URI url, byte[] body) {
        String scheme = url.getScheme() == null ? "" : url.getScheme().toLowerCase(Locale.ROOT);
        if (url.getHost() == null || !(scheme.equals("http") || scheme.equals("https"))) {
            throw new IllegalArgumentException("'" + url + "' is not an absolute http or https URL");
        }
        if (!HTTP_METHOD.matcher(method).matches()) {
            throw new IllegalArgumentException(
                    "'" + method + "' is not an HTTP method; write the method in capitals, as in POST");
        }
        return new OutboxMessage(HTTP, url.toString(), method, ByteString.copyFrom(body), "", null, Map.of());
    }

    /** Creates a request as {@link #toHttp(String, URI, byte[])}, with a JSON body and the matching content type. */
    public static OutboxMessage toHttp(String method, URI url, String json) {
        return toHttp(method, url, json.getBytes(StandardCharsets.UTF_8)).header("content-type", "application/json");
    }

    /**
     * Creates a record for a Kafka topic. The record's key is the message's {@link #key}. The relay needs the carrier
     * {@code kafka}: {@code OutboxRelay.from(…).carrier("kafka", kafkaCarrier)}, from {@code entente-kafka}.
     *
     * @param topic {@code [A-Za-z0-9._-]{1,249}}; it must exist
     * @throws IllegalArgumentException if the topic has another form, or the payload is larger than {@link
     *     #MAX_PAYLOAD_BYTES}
     */
    public static OutboxMessage toKafka(String topic, byte[] payload) {
        if (!KAFKA_TOPIC.matcher(topic).matches() || topic.equals(".") || topic.equals("..")) {
            throw new IllegalArgumentException("'" + topic + "' is not a valid Kafka topic; use [A-Za-z0-9._-]{1,249}");
        }
        return through(KAFKA, topic, "", payload);
    }

    /**
     * Creates a message for a custom carrier.
     *
     * @param carrier the name from {@link OutboxRelay.Builder#carrier}, {@code [a-z][a-z0-9-]{0,31}}
     * @param address the receiver, such as a topic; limits and circuits are per address
     * @param method the operation of the receiver; may be empty
     * @throws IllegalArgumentException if the name has another form or is reserved by the SDK, or the payload is larger
     *     than {@link #MAX_PAYLOAD_BYTES}
     */
    public static OutboxMessage through(String carrier, String address, String method, byte[] payload) {
        checkCarrier(carrier);
        return new OutboxMessage(carrier, address, method, ByteString.copyFrom(payload), "", null, Map.of());
    }

    /**
     * Returns the key of limits and circuits. The key is the carrier and the address; of a URL only the scheme, host
     * and port, without the path.
     */
    String destination() {
        return destination(carrier, carrier.equals(HTTP) ? authority(address) : address);
    }

    static String destination(String carrier, String place) {
        String destination = (carrier + " " + place).strip();
        return destination.length() <= MAX_DESTINATION_CHARS
                ? destination
                : destination.substring(0, MAX_DESTINATION_CHARS);
    }

    private static String authority(String url) {
        URI parsed = URI.create(url);
        return parsed.getScheme() + "://" + parsed.getRawAuthority();
    }

    /** Returns a copy whose delivery belongs to this trace. */
    OutboxMessage in(TraceParent trace) {
        Map<String, String> more = new TreeMap<>(headers);
        more.put(TraceParent.KEY.name(), trace.header());
        return new OutboxMessage(carrier, address, method, payload, id, key, more);
    }

    /** Returns alternating names and values. */
    List<String> headerLines() {
        List<String> flat = new ArrayList<>();
        for (Map.Entry<String, String> header : headers.entrySet()) {
            flat.add(header.getKey());
            flat.add(header.getValue());
        }
        return flat;
    }

    static void checkCarrier(String name) {
        if (!CARRIER.matcher(name).matches() || Set.of(COORDINATOR, GRPC, HTTP).contains(name)) {
            throw new IllegalArgumentException("'" + name + "' is not a valid name for a custom carrier; use"
                    + " [a-z][a-z0-9-]{0,31}, except coordinator, grpc and http");
        }
    }

    /**
     * Sets the message's id, ideally derived from a business id: {@code created-4711}. Receivers get it as {@code
     * idempotency-key}. The default is a new id, ordered by time.
     *
     * @param id {@code [A-Za-z0-9._:-]{1,128}}
     * @throws IllegalArgumentException if it has another form, or this is a transaction, which has its gid as id
     */
    public OutboxMessage id(String id) {
        if (carrier.equals(COORDINATOR)) {
            throw new IllegalArgumentException("the id of a transaction's message is its gid, '" + this.id
                    + "'; give the transaction another gid");
        }
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("'" + id + "' is not a valid message id; use [A-Za-z0-9._:-]{1,128}");
        }
        return new OutboxMessage(carrier, address, method, payload, id, key, headers);
    }

    /**
     * Sets the ordering key. Messages of one key are delivered one after another, in the order of commits. Transactions
     * that enqueue for the same key wait for each other from the enqueue to the commit.
     *
     * @param key 1 to 256 characters, such as an order's number
     */
    public OutboxMessage key(String key) {
        if (key.isEmpty() || key.length() > MAX_KEY_CHARS) {
            throw new IllegalArgumentException(
                    "an ordering key of " + key.length() + " characters; use 1 to " + MAX_KEY_CHARS);
        }
        return new OutboxMessage(carrier, address, method, payload, id, key, headers);
    }

    /**
     * Adds gRPC metadata or an HTTP header to the delivery.
     *
     * @param name {@code [a-z0-9_.-]{1,64}}, without the prefixes {@code entente-} and {@code grpc-} and the suffix
     *     {@code -bin}, and not reserved by the relay or HTTP
     * @param value printable ASCII, at most 4096 characters
     * @throws IllegalArgumentException if the name or the value is invalid, there are 32 headers already, or this is a
     *     transaction, which has labels in its plan
     */
    public OutboxMessage header(String name, String value) {
        boolean taken = name.startsWith("entente-") || name.startsWith("grpc-") || name.endsWith("-bin");
        if (carrier.equals(COORDINATOR) || taken || RESERVED.contains(name)) {
            throw new IllegalArgumentException("the header '" + name + "' cannot be set on a message for " + carrier);
        }
        if (!HEADER_NAME.matcher(name).matches()
                || !HEADER_VALUE.matcher(value).matches()
                || value.length() > MAX_HEADER_CHARS
                || headers.size() >= MAX_HEADERS) {
            throw new IllegalArgumentException("the header '" + name + "' is not [a-z0-9_.-]{1,64} with printable"
                    + " ASCII of at most " + MAX_HEADER_CHARS + " characters, or is the 33rd header");
        }
        Map<String, String> more = new TreeMap<>(headers);
        more.put(name, value);
        return new OutboxMessage(carrier, address, method, payload, id, key, more);
    }

    String carrier() {
        return carrier;
    }

    String address() {
        return address;
    }

    String method() {
        return method;
    }

    ByteString payload() {
        return payload;
    }

    /** Returns the id; empty if none was set. */
    String id() {
        return id;
    }

    @Nullable
    String key() {
        return key;
    }

    Map<String, String> headers() {
        return headers;
    }

    /** Returns the receiver, without the content. */
    @Override
    public String toString() {
        return (carrier + " " + address + " " + method).strip() + (id.isEmpty() ? "" : " (" + id + ")");
    }
}
