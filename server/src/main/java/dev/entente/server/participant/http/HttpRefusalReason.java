package dev.entente.server.participant.http;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import dev.entente.server.participant.CallResponse;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.eclipse.jetty.client.Response;

/**
 * The reason in a response that is not a success.
 *
 * @param reason one of Entente's reasons, from the body or else the header {@code entente-reason}; empty if absent
 * @param code the application's own code, or empty
 * @param text for people, with the status
 */
record HttpRefusalReason(String reason, String code, String text) {
    private static final int MAX_TEXT_CHARS = 200;

    /**
     * Takes the first reason that is present. The order is: Entente's message; the detail or title of a problem (RFC
     * 9457); Spring Boot's error; another message, msg or error; the first characters of a text. Ignores HTML, which is
     * unreadable in a history.
     */
    static HttpRefusalReason of(Response head, ByteString body) {
        String text = body.toStringUtf8();
        JsonObject json = json(text);
        JsonObject ours = json.get("entente") instanceof JsonObject object ? object : new JsonObject();
        String named = Objects.requireNonNullElse(head.getHeaders().get("entente-reason"), "");
        String reason = ours.has("reason") ? member(ours, "reason") : named;
        String code = member(ours, "code");
        String message = Stream.of(
                        member(ours, "message"),
                        member(json, "detail"),
                        member(json, "title"),
                        ofSpringBoot(json),
                        member(json, "message"),
                        member(json, "msg"),
                        member(json, "error"),
                        isText(head, text) ? text.substring(0, Math.min(text.length(), MAX_TEXT_CHARS)) : "")
                .map(HttpRefusalReason::readable)
                .filter(each -> !each.isEmpty())
                .findFirst()
                .orElse("");
        String reported = Stream.of(
                        "HTTP " + head.getStatus(),
                        CallResponse.coded(readable(reason), CallResponse.coded(readable(code), message)))
                .filter(part -> !part.isEmpty())
                .collect(Collectors.joining(": "));
        return new HttpRefusalReason(reason, readable(code), reported);
    }

    /** Reads the body of Spring Boot's error controller, which omits the message by default; else returns empty. */
    private static String ofSpringBoot(JsonObject json) {
        String error = member(json, "error");
        String path = member(json, "path");
        if (error.isEmpty() || path.isEmpty() || !json.has("timestamp")) {
            return "";
        }
        String message = member(json, "message");
        return error + " at " + path
                + (message.isEmpty()
                        ? ", without a message; set spring.web.error.include-message=always in Spring Boot to get the"
                                + " message"
                        : ": " + message);
    }

    private static boolean isText(Response head, String text) {
        String type = Objects.requireNonNullElse(head.getHeaders().get("content-type"), "");
        return type.toLowerCase(Locale.ROOT).startsWith("text/")
                && !text.stripLeading().startsWith("<");
    }

    /** Returns one line of bounded length without control characters. */
    private static String readable(String text) {
        String begin = text.substring(0, Math.min(text.length(), CallResponse.MAX_DETAIL_CHARS));
        return begin.replaceAll("[\\p{Cc}\\p{Zl}\\p{Zp}]+", " ").strip();
    }

    /** Parses an object; returns an empty object for any other body. */
    private static JsonObject json(String body) {
        try {
            return JsonParser.parseString(body) instanceof JsonObject object ? object : new JsonObject();
        } catch (JsonParseException | IllegalStateException noJson) {
            return new JsonObject();
        }
    }

    private static String member(JsonObject object, String name) {
        JsonElement member = object.get(name);
        return member != null && member.isJsonPrimitive() ? member.getAsString() : "";
    }
}
