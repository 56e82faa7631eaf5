package dev.entente.server.store;

import com.google.protobuf.ByteString;
import dev.entente.server.codec.PlanBytes;
import java.util.HexFormat;

/** Free text of people and participants as PostgreSQL can store it: its type text has each character but U+0000. */
final class StorableText {
    private StorableText() {}

    /** Returns the text; one with U+0000 has {@code \u0000} in its place, a mark, and a digest of the original. */
    static String of(String text) {
        return text.indexOf('\0') < 0
                ? text
                : text.replace("\0", "\\u0000") + " (escaped; SHA-256 of the original begins "
                        + HexFormat.of()
                                .formatHex(PlanBytes.digest(ByteString.copyFromUtf8(text))
                                        .toByteArray())
                        + ")";
    }
}
