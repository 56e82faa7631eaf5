package dev.entente.server.cli.text;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonPrimitive;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Finds halves of surrogate pairs in a plan's JSON, which the API's strings cannot hold. It takes each out, so that the
 * rest is checked all the same. Used once, by one thread.
 */
final class HalfCharacters {
    private final List<Failure.Violation> found = new ArrayList<>();

    private HalfCharacters() {}

    /** Takes the texts that hold one out of the JSON, and tells where they stood. */
    static List<Failure.Violation> takeOut(JsonElement json, String path) {
        HalfCharacters halves = new HalfCharacters();
        halves.search(json, path);
        return halves.found;
    }

    private void search(JsonElement json, String path) {
        if (json instanceof JsonObject object) {
            for (Map.Entry<String, JsonElement> member : List.copyOf(object.entrySet())) {
                String at = path + "." + member.getKey();
                if (isHalf(at, member.getKey())) {
                    object.remove(member.getKey());
                } else if (isHalf(at, member.getValue())) {
                    object.addProperty(member.getKey(), "");
                } else {
                    search(member.getValue(), at);
                }
            }
        } else if (json instanceof JsonArray array) {
            for (int i = 0; i < array.size(); i++) {
                String at = path + "[" + i + "]";
                if (isHalf(at, array.get(i))) {
                    array.set(i, new JsonPrimitive(""));
                } else {
                    search(array.get(i), at);
                }
            }
        }
    }

    private boolean isHalf(String path, JsonElement value) {
        return value instanceof JsonPrimitive text && text.isString() && isHalf(path, text.getAsString());
    }

    private boolean isHalf(String path, String text) {
        int at = half(text);
        if (at < 0) {
            return false;
        }
        found.add(new Failure.Violation(
                "ENT-001",
                path.substring(0, half(path) < 0 ? path.length() : half(path)),
                ("\\u%04x is half a surrogate pair and no character; "
                                        + "write the whole pair, such as \\ud83d\\ude00, or send")
                                .formatted((int) text.charAt(at))
                        + " the bytes as raw"));
        return true;
    }

    /** Returns the index of the first half character, or -1. */
    private static int half(String text) {
        for (int i = 0; i < text.length(); i++) {
            boolean isPair = i + 1 < text.length() && Character.isSurrogatePair(text.charAt(i), text.charAt(i + 1));
            if (isPair) {
                i++;
            } else if (Character.isSurrogate(text.charAt(i))) {
                return i;
            }
        }
        return -1;
    }
}
