package dev.entente.faults.siege.attack;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.zip.GZIPOutputStream;

/** Messages that are large, half sent, slow, or large once unpacked; to the health check, which needs no token. */
final class Bodies {
    private static final int CONNECTIONS = 20;
    private static final int STREAMS = 8;
    private static final int CLAIMED_BYTES = 5 << 20;
    private static final int FRAME_BYTES = 16_000;
    private static final int FRAMES_OF_ONE = 4;
    private static final int BOMB_BYTES = 4 << 20;
    private static final int PREFIX_BYTES = 5;

    private Bodies() {}

    static List<Attack> all() {
        return List.of(
                Attack.plain("half-messages", Bodies::half),
                Attack.plain("gzip-bombs", Bodies::bombs),
                Attack.plain("slow-bodies", Bodies::slow));
    }

    private static void half(Front front, Raid raid) throws InterruptedException {
        Together.of(CONNECTIONS, raid, number -> {
            while (raid.goesOn()) {
                try (RawHttp2 connection = RawHttp2.connect(number, front.grpcPort())) {
                    raid.tried();
                    for (int stream = 1; stream < 2 * STREAMS; stream += 2) {
                        begin(connection, stream, FRAMES_OF_ONE);
                    }
                    while (raid.goesOn() && !connection.isClosed()) {
                        Thread.sleep(50);
                    }
                } catch (IOException refused) {
                    Thread.sleep(50);
                }
            }
        });
    }

    private static void begin(RawHttp2 connection, int stream, int frames) {
        connection.write(RawHttp2.call(stream));
        connection.write(RawHttp2.frame(RawHttp2.DATA, 0, stream, prefix(false, CLAIMED_BYTES)));
        for (int i = 0; i < frames; i++) {
            connection.write(RawHttp2.frame(RawHttp2.DATA, 0, stream, new byte[FRAME_BYTES]));
        }
    }

    /** gRPC's five bytes before a message. */
    private static byte[] prefix(boolean isCompressed, int bytes) {
        return ByteBuffer.allocate(PREFIX_BYTES)
                .put((byte) (isCompressed ? 1 : 0))
                .putInt(bytes)
                .array();
    }

    private static void bombs(Front front, Raid raid) throws InterruptedException {
        byte[] bomb = bomb();
        Together.of(2, raid, number -> {
            while (raid.goesOn()) {
                try (RawHttp2 connection = RawHttp2.connect(number, front.grpcPort())) {
                    for (int stream = 1; raid.goesOn() && !connection.isClosed(); stream += 2) {
                        raid.tried();
                        connection.write(RawHttp2.call(stream));
                        connection.write(RawHttp2.frame(RawHttp2.DATA, 1, stream, bomb));
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
        ByteArrayOutputStream message = new ByteArrayOutputStream();
        message.writeBytes(prefix(true, packed.size()));
        message.writeBytes(packed.toByteArray());
        return message.toByteArray();
    }

    private static void slow(Front front, Raid raid) throws InterruptedException {
        Together.of(10 * CONNECTIONS, raid, number -> {
            while (raid.goesOn()) {
                try (RawHttp2 connection = RawHttp2.connect(number, front.grpcPort())) {
                    raid.tried();
                    begin(connection, 1, 0);
                    while (raid.goesOn() && connection.write(RawHttp2.frame(RawHttp2.DATA, 0, 1, new byte[1]))) {
                        Thread.sleep(500);
                    }
                } catch (IOException refused) {
                    Thread.sleep(500);
                }
            }
        });
    }
}
