package dev.entente.server.store;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/** The slice of the tables that a gid falls into, fixed for ever: CRC-32C of its UTF-8 bytes, modulo {@link #COUNT}. */
public final class Bucket {
    public static final int COUNT = 64;

    private Bucket() {}

    /** From 0 to {@link #COUNT} - 1. */
    public static int of(String gid) {
        CRC32C crc = new CRC32C();
        crc.update(gid.getBytes(StandardCharsets.UTF_8));
        return (int) (crc.getValue() & (COUNT - 1));
    }
}
