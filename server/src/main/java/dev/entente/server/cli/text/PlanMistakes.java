package dev.entente.server.cli.text;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.EnumValueDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Duration;
import com.google.protobuf.Value;
import dev.entente.server.plan.Nearest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Finds what a plan's JSON says that no plan can say: fields that do not exist, durations that are none, unknown words.
 * Takes each out of the JSON, so that the rest is checked all the same. Used once, by one thread.
 */
final class PlanMistakes {
    private static final String MALFORMED = "ENT-001";
    private static final Pattern DURATION = Pattern.compile("-?\\d{1,12}(\\.\\d{1,9})?s");

    private final List<Failure.Violation> found = new ArrayList<>();

    private PlanMistakes() {}

    /** Takes the mistakes out of the JSON of a message of that type, and tells them. */
    static List<Failure.Violation> takeOut(JsonElement json, Descriptor type, String path) {
        PlanMistakes mistakes = new PlanMistakes();
        mistakes.search(json, type, path);
        return mistakes.found;
    }

    private void search(JsonElement json, Descriptor type, String path) {
        if (!(json instanceof JsonObject object) || type.getFile().getPackage().equals("google.protobuf")) {
            return;
        }
        Map<OneofDescriptor, String> said = new HashMap<>();
        for (Map.Entry<String, JsonElement> member : List.copyOf(object.entrySet())) {
            FieldDescriptor field = field(type, member.getKey());
            String mistake = field == null
                    ? noField(member.getKey(), type)
                    : mistake(field, member.getValue(), said.get(field.getContainingOneof()));
            if (field != null
                    && field.getContainingOneof() != null
                    && !member.getValue().isJsonNull()) {
                said.putIfAbsent(field.getContainingOneof(), member.getKey());
            }
            String at = path + "." + member.getKey();
            if (mistake != null) {
                found.add(new Failure.Violation(MALFORMED, at, mistake));
                object.remove(member.getKey());
            } else if (field != null) {
                descend(field, member.getValue(), at);
            }
        }
    }

    private void descend(FieldDescriptor field, JsonElement json, String at) {
        if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE || field.isMapField()) {
            return;
        }
        if (field.isRepeated() && json.isJsonArray()) {
            int index = 0;
            for (JsonElement element : json.getAsJsonArray()) {
                search(element, field.getMessageType(), at + "[" + index++ + "]");
            }
        } else if (!field.isRepeated()
                && !field.getMessageType()
                        .getFullName()
                        .equals(Value.getDescriptor().getFullName())) {
            search(json, field.getMessageType(), at);
        }
    }

    /**
     * Tells what is wrong with a value, for people; null if nothing can be told from it alone.
     *
     * @param other the field that is said in its place already, or null
     */
    private static @Nullable String mistake(FieldDescriptor field, JsonElement value, @Nullable String other) {
        if (other != null && !value.isJsonNull()) {
            return "'" + other + "' is said as well, and only one of the two can hold; leave one of them out";
        }
        boolean isText = value.isJsonPrimitive() && value.getAsJsonPrimitive().isString();
        boolean isDuration = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                && field.getMessageType()
                        .getFullName()
                        .equals(Duration.getDescriptor().getFullName());
        if (isDuration
                && !field.isRepeated()
                && !(isText && DURATION.matcher(value.getAsString()).matches())) {
            return value + " is no duration; write seconds with an s, such as \"300s\" for five minutes or \"0.25s\"";
        }
        if (field.getJavaType() == FieldDescriptor.JavaType.ENUM && isText) {
            EnumDescriptor words = field.getEnumType();
            List<String> known =
                    words.getValues().stream().map(EnumValueDescriptor::getName).toList();
            return known.contains(value.getAsString())
                    ? null
                    : value + " is not known here; did you mean '" + Nearest.to(value.getAsString(), known) + "'?";
        }
        return null;
    }

    private static String noField(String name, Descriptor type) {
        List<String> known =
                type.getFields().stream().map(FieldDescriptor::getName).toList();
        return "there is no such field; did you mean '" + Nearest.to(name, known) + "'?";
    }

    private static @Nullable FieldDescriptor field(Descriptor type, String name) {
        return type.getFields().stream()
                .filter(field ->
                        field.getName().equals(name) || field.getJsonName().equals(name))
                .findFirst()
                .orElse(null);
    }
}
