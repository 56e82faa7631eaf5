package dev.entente.server.store;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/** The bucket of a gid in the tables, fixed forever: CRC-32C of the gid's UTF-8 bytes, modulo {@link #COUNT}. */
public final class Bucket {
    public static final int COUNT = 64;

    private Bucket() {}

    /** Returns the bucket, from 0 to {@link #COUNT} - 1. */
    public static int of(String gid) {
        CRC32C crc = new CRC32C();
        crc.update(gid.getBytes(StandardCharsets.UTF_8));
        return (int) (crc.getValue() & (COUNT - 1));
    }
}
