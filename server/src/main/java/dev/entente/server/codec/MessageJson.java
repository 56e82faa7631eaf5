package dev.entente.server.codec;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonParser;
import com.google.gson.Strictness;
import com.google.gson.stream.JsonReader;
import com.google.gson.stream.JsonToken;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.entente.core.transaction.ErrorCode;
import dev.entente.core.transaction.Refusal;
import dev.entente.v1.Body;
import java.io.IOException;
import java.io.StringReader;
import java.math.BigDecimal;
import java.math.MathContext;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Parses messages that people wrote as JSON. Accepts only strict proto3 JSON: no unknown field, no duplicate key in
 * either spelling, no text or number that a message cannot represent. Pure.
 */
public final class MessageJson {
    private static final int MAX_REASON = 200;
    private static final String ROOT = "$.";
    private static final int MAX_DIGITS = 17;
    /** More characters than the largest double has in decimal notation. */
    private static final int MAX_CHARS = 1_000;

    private static final String INEXACT =
            "the number has more digits than a JSON number (a double) can represent exactly; quote the number, or send"
                    + " the body as raw";

    private MessageJson() {}

    /**
     * Merges a JSON text into a message.
     *
     * @param place the message's place with a trailing dot; empty for a request
     * @throws IOException with a sentence, if the text is not such a message
     * @throws Refusal ENT-025, with its place, for a number in a JSON body that would be rounded
     */
    public static void read(String text, Message.Builder into, String place) throws IOException {
        try {
            JsonReader reader = new JsonReader(new StringReader(text));
            reader.setStrictness(Strictness.STRICT);
            check(reader, into.getDescriptorForType(), false, place);
            if (reader.peek() != JsonToken.END_DOCUMENT) {
                throw new IOException("there is text after the object");
            }
            JsonFormat.parser().merge(text, into);
            Message read = into.buildPartial();
            // JSON can contain half a surrogate pair, which becomes another character in the bytes of gRPC.
            if (!read.getParserForType().parseFrom(read.toByteString()).equals(read)) {
                throw new IOException(
                        "half a surrogate pair is not a character; write the complete pair, or raw bytes");
            }
        } catch (IOException | NumberFormatException unreadable) { // the latter for an exponent of ten digits
            throw new IOException(reason(unreadable), unreadable);
        }
    }

    /** Returns the parser's reason in one line of bounded length, without the parser's advice and manual. */
    private static String reason(Exception unreadable) {
        String line =
                String.valueOf(unreadable.getMessage()).lines().findFirst().orElse("");
        String plain = line.replaceFirst("Use JsonReader\\.\\S* to accept malformed JSON", "Malformed JSON");
        return cut(plain);
    }

    private static String cut(String text) {
        return text.length() <= MAX_REASON ? text : text.substring(0, MAX_REASON) + "…";
    }

    /**
     * Checks a value up to its end. The library's own parser accepts more than JSON, and takes the last of duplicate
     * keys.
     *
     * @param type of the object, or of the list's elements; null if any key is allowed: in a map, and in JSON within
     *     JSON
     * @param isBody whether the value is JSON within JSON, which has doubles as numbers
     */
    private static void check(JsonReader reader, @Nullable Descriptor type, boolean isBody, String place)
            throws IOException {
        switch (reader.peek()) { // the reader limits the depth
            case BEGIN_OBJECT -> {
                reader.beginObject();
                Set<String> keys = new HashSet<>();
                while (reader.hasNext()) {
                    String key = reader.nextName();
                    FieldDescriptor field = type == null ? null : field(type, key);
                    if (!keys.add(field == null ? key : field.getName())) {
                        throw new IOException("the key " + reader.getPath() + " appears twice; keep only one");
                    }
                    Descriptor within = typeIn(field);
                    boolean isOfProtobuf =
                            within != null && within.getFile().getPackage().equals("google.protobuf");
                    check(reader, isOfProtobuf ? null : within, isBody || isOfProtobuf, place);
                }
                reader.endObject();
            }
            case BEGIN_ARRAY -> {
                reader.beginArray();
                while (reader.hasNext()) {
                    check(reader, type, isBody, place);
                }
                reader.endArray();
            }
            case NUMBER -> {
                String path = reader.getPath();
                if (!isExact(reader.nextString()) && isBody) {
                    String within = cut(path.substring(ROOT.length()));
                    throw Refusal.malformed(ErrorCode.JSON, place + within, INEXACT);
                }
            }
            default -> reader.skipValue();
        }
    }

    /** Returns whether a double keeps all digits of a number; false beyond 17 digits, because no double needs more. */
    private static boolean isExact(String number) {
        double held = Double.parseDouble(number);
        if (!Double.isFinite(held) || number.length() > MAX_CHARS) {
            return false;
        }
        BigDecimal said = new BigDecimal(number).stripTrailingZeros();
        return said.precision() <= MAX_DIGITS
                && new BigDecimal(held).round(new MathContext(said.precision())).compareTo(said) == 0;
    }

    private static @Nullable Descriptor typeIn(@Nullable FieldDescriptor field) {
        return field == null || field.isMapField() || field.getJavaType() != FieldDescriptor.JavaType.MESSAGE
                ? null
                : field.getMessageType();
    }

    /**
     * Returns a body's JSON with the numbers as the participant wrote them, because a {@link Value} rounds numbers. A
     * protobuf body has no JSON text: its numbers are those of the value.
     */
    public static JsonElement of(Body body) {
        String raw = body.getRaw().toStringUtf8();
        Value.Builder read = Value.newBuilder();
        try {
            JsonFormat.parser().merge(raw, read);
        } catch (InvalidProtocolBufferException noJson) {
            read.clear();
        }
        try {
            boolean isJson = read.build().equals(body.getJson());
            return JsonParser.parseString(isJson ? raw : JsonFormat.printer().print(body.getJson()));
        } catch (InvalidProtocolBufferException noNumber) {
            return JsonNull.INSTANCE;
        }
    }

    /** Returns a valid message as indented JSON, with the names of the proto file. */
    public static String text(Message message) {
        try {
            return JsonFormat.printer().preservingProtoFieldNames().print(message);
        } catch (InvalidProtocolBufferException invalid) {
            throw new IllegalArgumentException(
                    "a " + message.getDescriptorForType().getName() + " is invalid", invalid);
        }
    }

    /** Returns a field by its name in the proto file or in JSON; null if there is none. */
    public static @Nullable FieldDescriptor field(Descriptor type, String name) {
        return type.getFields().stream()
                .filter(field -> name.equals(field.getName()) || name.equals(field.getJsonName()))
                .findFirst()
                .orElse(null);
    }
}
