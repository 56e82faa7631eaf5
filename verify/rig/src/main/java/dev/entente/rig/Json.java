package dev.entente.rig;

import com.google.gson.Gson;
import com.google.gson.GsonBuilder;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The JSON output of commands: objects with fields in the order of their creation. */
public final class Json {
    private static final Gson PRETTY = new GsonBuilder()
            .setPrettyPrinting()
            .disableHtmlEscaping()
            .serializeSpecialFloatingPointValues()
            .create();

    private Json() {}

    /** Returns an object from alternating names and values: texts, numbers, booleans, lists, maps or records. */
    public static Map<String, @Nullable Object> object(Object... namesAndValues) {
        Map<String, @Nullable Object> object = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            object.put((String) namesAndValues[i], namesAndValues[i + 1]);
        }
        return object;
    }

    /** Returns indented JSON, for programs and people. */
    public static String pretty(Object value) {
        return PRETTY.toJson(value);
    }
}
