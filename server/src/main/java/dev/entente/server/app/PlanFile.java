package dev.entente.server.app;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Value;
import com.google.protobuf.util.JsonFormat;
import dev.entente.v1.Plan;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A plan as people keep it in a file: the JSON of {@code entente.v1.Plan}, alone or as {@code {"plan": …}}. */
final class PlanFile {
    private static final String MALFORMED = "ENT-001";

    private PlanFile() {}

    /**
     * What was read.
     *
     * @param unknown fields that a plan does not have; the plan is without them
     */
    record Read(Plan plan, List<Failure.Violation> unknown) {}

    /** What cannot be read as a plan at all. */
    static final class Unreadable extends Exception {
        private static final long serialVersionUID = 1L;

        Unreadable(String message, Exception cause) {
            super(message, cause);
        }
    }

    /** @param file {@code -} for standard input */
    static Read read(String file) throws Unreadable {
        try {
            String text = file.equals("-")
                    ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8)
                    : Files.readString(Path.of(file));
            return parse(text);
        } catch (IOException unreadable) {
            throw new Unreadable(file + " cannot be read: " + unreadable.getMessage(), unreadable);
        }
    }

    static Read parse(String text) throws Unreadable {
        try {
            JsonElement root = JsonParser.parseString(text);
            JsonElement plan = root instanceof JsonObject object && object.has("plan") ? object.get("plan") : root;
            Plan.Builder builder = Plan.newBuilder();
            JsonFormat.parser().ignoringUnknownFields().merge(plan.toString(), builder);
            List<Failure.Violation> unknown = new ArrayList<>();
            collectUnknown(plan, Plan.getDescriptor(), "plan", unknown);
            return new Read(builder.build(), unknown);
        } catch (JsonParseException | InvalidProtocolBufferException malformed) {
            throw new Unreadable("it is no plan: " + malformed.getMessage(), malformed);
        }
    }

    private static void collectUnknown(
            JsonElement json, Descriptor type, String path, List<Failure.Violation> unknown) {
        if (!(json instanceof JsonObject object) || type.getFile().getPackage().equals("google.protobuf")) {
            return;
        }
        for (Map.Entry<String, JsonElement> member : object.entrySet()) {
            FieldDescriptor field = field(type, member.getKey());
            String at = path + "." + member.getKey();
            if (field == null) {
                unknown.add(new Failure.Violation(
                        MALFORMED,
                        at,
                        "there is no such field; did you mean '" + nearest(member.getKey(), type) + "'?"));
            } else if (isPlain(field)) {
                collectUnknown(member.getValue(), field.getMessageType(), at, unknown);
            } else if (field.isRepeated()
                    && member.getValue().isJsonArray()
                    && field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
                int index = 0;
                for (JsonElement element : member.getValue().getAsJsonArray()) {
                    collectUnknown(element, field.getMessageType(), at + "[" + index++ + "]", unknown);
                }
            }
        }
    }

    private static boolean isPlain(FieldDescriptor field) {
        return field.getJavaType() == FieldDescriptor.JavaType.MESSAGE
                && !field.isRepeated()
                && !field.getMessageType()
                        .getFullName()
                        .equals(Value.getDescriptor().getFullName());
    }

    private static @org.jspecify.annotations.Nullable FieldDescriptor field(Descriptor type, String name) {
        return type.getFields().stream()
                .filter(field ->
                        field.getName().equals(name) || field.getJsonName().equals(name))
                .findFirst()
                .orElse(null);
    }

    private static @org.jspecify.annotations.Nullable String nearest(String name, Descriptor type) {
        return Nearest.to(
                name, type.getFields().stream().map(FieldDescriptor::getName).toList());
    }
}
