package dev.entente.server.codec;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.util.JsonFormat;
import dev.entente.v1.Plan;
import java.nio.charset.StandardCharsets;

/** A plan as people write it: the JSON of {@code entente.v1.Plan}, alone or as {@code {"plan": …}}. */
public final class PlanText {
    private static final String NO_JSON =
            "it is no JSON, and a plan is a JSON object, also where it could be YAML; see `entente tx example saga`";

    private static final int MAX_REASON = 200;

    private PlanText() {}

    /** @throws JsonParseException with a sentence, for a text that cannot be read as a plan at all */
    public static Plan parse(String text) {
        try {
            JsonElement root = JsonParser.parseString(text);
            JsonElement plan = root instanceof JsonObject object && object.has("plan") ? object.get("plan") : root;
            String json = plan.toString();
            if (!StandardCharsets.UTF_8.newEncoder().canEncode(json)) {
                throw new JsonParseException(
                        "half a surrogate pair is no character; write the whole pair, or raw bytes");
            }
            Plan.Builder builder = Plan.newBuilder();
            JsonFormat.parser().merge(json, builder);
            return builder.build();
        } catch (JsonParseException | InvalidProtocolBufferException malformed) {
            boolean isJson = text.stripLeading().startsWith("{");
            throw new JsonParseException(isJson ? "it is no plan: " + reason(malformed) : NO_JSON, malformed);
        }
    }

    /** Returns the parser's reason in one line, without its class, its manual and the whole of a deep path. */
    private static String reason(Exception malformed) {
        Throwable said = malformed instanceof JsonParseException && malformed.getCause() != null
                ? malformed.getCause()
                : malformed;
        String line = String.valueOf(said.getMessage()).lines().findFirst().orElse("");
        String plain = line.replace(
                "Use JsonReader.setStrictness(Strictness.LENIENT) to accept malformed JSON", "Malformed JSON");
        return plain.length() <= MAX_REASON ? plain : plain.substring(0, MAX_REASON) + "…";
    }
}
