package dev.entente.server.console;

import com.google.protobuf.ByteString;
import dev.entente.server.console.part.PagePaths;
import dev.entente.server.console.part.Query;
import dev.entente.server.console.part.Texts;
import dev.entente.v1.Payload;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One request or response of a branch.
 *
 * @param asked of the URL: gid, branch, op, which
 * @param form {@code json}, {@code text}, {@code bytes}, {@code none}, or {@code unread}
 * @param others links to all payloads of the branch, including this payload
 * @param text of the first bytes; empty if the bytes are not text
 * @param isCut whether the payload has more text
 * @param size of the complete payload, in bytes
 * @param whole the link that saves the complete payload
 */
public record PayloadPage(
        Query asked, List<Frame.Link> others, String form, String text, boolean isCut, String size, String whole) {

    private static final int SHOWN = 64 << 10;

    static String link(String gid, String branch, String op, boolean isResponse) {
        return Query.NONE
                .with("gid", gid)
                .with("branch", branch)
                .with("op", op)
                .with("which", isResponse ? "response" : "")
                .link(PagePaths.PAYLOAD);
    }

    /**
     * @param operations of this branch, by their names
     * @param read null if the payload was not read
     */
    static PayloadPage of(Query asked, List<String> operations, @Nullable Payload read, Texts texts) {
        Payload payload = read == null ? Payload.getDefaultInstance() : read;
        String gid = asked.get("gid");
        String branch = asked.get("branch");
        boolean isResponse = asked.get("which").equals("response");
        Stream<Frame.Link> requests = operations.stream()
                .map(op -> new Frame.Link(
                        texts.of("payload.request", op),
                        link(gid, branch, op, false),
                        !isResponse && op.equals(asked.get("op"))));
        Frame.Link response = new Frame.Link(texts.of("payload.response"), link(gid, branch, "", true), isResponse);
        ByteString raw = payload.getRaw();
        boolean isJson = !payload.getJson().isEmpty();
        boolean isText = !isJson && raw.isValidUtf8() && isPrintable(raw.toStringUtf8());
        String all = isJson ? payload.getJson() : isText ? raw.toStringUtf8() : "";
        String text = first(all);
        return new PayloadPage(
                asked,
                Stream.concat(requests, Stream.of(response)).toList(),
                read == null ? "unread" : raw.isEmpty() ? "none" : isJson ? "json" : isText ? "text" : "bytes",
                text,
                text.length() < all.length(),
                Integer.toString(raw.size()),
                asked.with("whole", "1").with("lang", "").link(PagePaths.PAYLOAD));
    }

    /** Returns the longest beginning that fits into 64 KiB of UTF-8. */
    private static String first(String text) {
        CharBuffer rest = CharBuffer.wrap(text);
        var _ = StandardCharsets.UTF_8.newEncoder().encode(rest, ByteBuffer.allocate(SHOWN), true);
        return text.substring(0, rest.position());
    }

    private static boolean isPrintable(String text) {
        return text.codePoints().noneMatch(c -> Character.isISOControl(c) && c != '\n' && c != '\r' && c != '\t');
    }
}
