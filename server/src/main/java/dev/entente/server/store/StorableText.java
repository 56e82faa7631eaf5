package dev.entente.server.store;

import com.google.protobuf.ByteString;
import dev.entente.server.codec.PlanBytes;
import java.util.HexFormat;

/** Text of people and participants in a form that PostgreSQL can store: its type text excludes only U+0000. */
final class StorableText {
    private StorableText() {}

    /** Returns the text. U+0000 becomes an escape, followed by a mark and a digest of the original. */
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
