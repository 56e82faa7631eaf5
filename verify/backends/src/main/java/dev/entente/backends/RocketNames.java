package dev.entente.backends;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** One name server of RocketMQ, from the class path. */
final class RocketNames extends Backend {
    private final Path properties;

    RocketNames() throws IOException {
        super("rocketmq-names");
        properties = folder().resolve("names.conf");
        Files.writeString(properties, """
            listenPort=%1$d
            bindAddress=127.0.0.1
            kvConfigPath=%2$s/kv.json
            configStorePath=%2$s/names.properties
            scanNotActiveBrokerInterval=2000
            """.formatted(port(), folder()));
    }

    String address() {
        return "127.0.0.1:" + port();
    }

    @Override
    List<String> command() {
        return command(folder(), "org.apache.rocketmq.namesrv.NamesrvStartup", properties);
    }

    /** Returns the command of a small JVM with that main class. The JVM writes only into the folder. */
    static List<String> command(Path folder, String main, Path properties) {
        return List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx384m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Duser.home=" + folder,
                "-Drocketmq.home.dir=" + folder,
                "-cp",
                System.getProperty("java.class.path"),
                main,
                "-c",
                properties.toString());
    }

    @Override
    boolean answers() {
        return isOpen(port());
    }

    static boolean isOpen(int port) {
        try (SocketChannel channel =
                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
            return channel.isConnected();
        } catch (IOException notYet) {
            return false;
        }
    }
}
