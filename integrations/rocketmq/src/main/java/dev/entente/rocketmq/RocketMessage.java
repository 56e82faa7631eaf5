package dev.entente.rocketmq;

import dev.entente.trace.Tracing;
import dev.entente.wire.BranchMetadata;
import dev.entente.wire.TraceParent;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.rocketmq.common.message.Message;

/** A message for a RocketMQ topic. Immutable; each method that sets something returns a copy. */
public final class RocketMessage {
    private static final Tracing TRACING = Tracing.found();
    private static final Pattern TOPIC = Pattern.compile("[%|A-Za-z0-9_-]{1,127}");
    private static final Pattern TAG = Pattern.compile("[A-Za-z0-9_.-]{0,127}");
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9._:-]{1,128}");
    private static final Pattern HEADER_NAME = Pattern.compile("[a-z0-9_.-]{1,64}");
    private static final Pattern HEADER_VALUE = Pattern.compile("[\\x20-\\x7e]{1,4096}");
    private static final int MAX_HEADERS = 32;
    private static final int MAX_PAYLOAD_BYTES = 1 << 20;

    private final String topic;
    private final String tag;
    private final String id;
    private final byte[] payload;
    private final Map<String, String> headers;

    private RocketMessage(String topic, String tag, String id, byte[] payload, Map<String, String> headers) {
        this.topic = topic;
        this.tag = tag;
        this.id = id;
        this.payload = payload;
        this.headers = Map.copyOf(headers);
    }

    /**
     * Creates a message with a new random id.
     *
     * @param topic {@code [%|A-Za-z0-9_-]{1,127}}
     * @param payload at most 1 MiB
     * @throws IllegalArgumentException if the topic has another form, or the payload is larger
     */
    public static RocketMessage to(String topic, byte[] payload) {
        checkTopic(topic);
        if (payload.length > MAX_PAYLOAD_BYTES) {
            throw new IllegalArgumentException("a payload of " + payload.length + " bytes for " + topic + "; at most "
                    + MAX_PAYLOAD_BYTES + "; store the payload elsewhere and send a reference");
        }
        return new RocketMessage(topic, "", UUID.randomUUID().toString(), payload.clone(), Map.of());
    }

    /**
     * Sets the id by which consumers recognize repetitions. Use each id once. It must also differ from the gids of the
     * coordinator's messages with a local transaction on this database.
     *
     * @param id {@code [A-Za-z0-9._:-]{1,128}}
     */
    public RocketMessage id(String id) {
        if (!ID.matcher(id).matches()) {
            throw new IllegalArgumentException("'" + id + "' is not a valid message id; use [A-Za-z0-9._:-]{1,128}");
        }
        return new RocketMessage(topic, tag, id, payload, headers);
    }

    /**
     * Sets the tag by which consumers may filter.
     *
     * @param tag {@code [A-Za-z0-9_.-]{0,127}}
     */
    public RocketMessage tag(String tag) {
        checkTag(tag);
        return new RocketMessage(topic, tag, id, payload, headers);
    }

    /**
     * Adds a property to the message.
     *
     * @param name {@code [a-z0-9_.-]{1,64}}, not beginning with {@code entente-}, and neither {@code idempotency-key}
     *     nor {@code traceparent}
     * @param value 1 to 4096 characters of printable ASCII
     * @throws IllegalArgumentException if the name or the value is invalid, or this is the 33rd property
     */
    public RocketMessage header(String name, String value) {
        boolean isTaken = name.startsWith("entente-")
                || name.equals(BranchMetadata.IDEMPOTENCY_KEY.name())
                || name.equals(TraceParent.KEY.name());
        if (isTaken
                || !HEADER_NAME.matcher(name).matches()
                || !HEADER_VALUE.matcher(value).matches()
                || headers.size() >= MAX_HEADERS) {
            throw new IllegalArgumentException("the header '" + name + "' is taken, is not [a-z0-9_.-]{1,64} with 1 to"
                    + " 4096 characters of printable ASCII, or is the 33rd header");
        }
        Map<String, String> more = new TreeMap<>(headers);
        more.put(name, value);
        return new RocketMessage(topic, tag, id, payload, more);
    }

    String id() {
        return id;
    }

    Message toMessage() {
        Map<String, String> all = new LinkedHashMap<>(headers);
        all.put(BranchMetadata.GID.name(), id);
        all.put(BranchMetadata.IDEMPOTENCY_KEY.name(), id);
        all.put(
                TraceParent.KEY.name(),
                TraceParent.parse(TRACING.current())
                        .or(TraceParent::current)
                        .orElseGet(() -> TraceParent.ofCall(id, topic, "deliver", 1))
                        .header());
        return message(topic, tag, id, payload, all);
    }

    /** Creates a message of RocketMQ's client. Omits properties without text, which RocketMQ does not support. */
    static Message message(String topic, String tag, String id, byte[] payload, Map<String, String> properties) {
        Message message = new Message(topic, tag, id, payload);
        properties.forEach((name, value) -> {
            if (!value.isBlank()) {
                message.putUserProperty(name, value);
            }
        });
        return message;
    }

    /** @throws IllegalArgumentException if no topic can have this name */
    static void checkTopic(String topic) {
        if (!TOPIC.matcher(topic).matches()) {
            throw new IllegalArgumentException(
                    "'" + topic + "' is not a valid RocketMQ topic; use" + " [%|A-Za-z0-9_-]{1,127}");
        }
    }

    /** @throws IllegalArgumentException if consumers could not filter by this tag */
    static void checkTag(String tag) {
        if (!TAG.matcher(tag).matches()) {
            throw new IllegalArgumentException("'" + tag + "' is not a valid tag; use [A-Za-z0-9_.-]{0,127}");
        }
    }

    /** Returns the receiver, without the content. */
    @Override
    public String toString() {
        return "message " + id + " for RocketMQ topic " + topic;
    }
}
