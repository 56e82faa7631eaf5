package dev.entente.server.cli;

import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogManager;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import org.slf4j.bridge.SLF4JBridgeHandler;

/** Starts the log with the first record that gRPC or Netty writes to {@code java.util.logging}. */
final class LateLog extends Handler {
    private static final LateLog ONLY = new LateLog();
    /** Tells an address that has no host with a stack trace. The command tells it in a sentence. */
    private static final Logger CHANNEL = Logger.getLogger("io.grpc.internal.ManagedChannelImpl");

    private LateLog() {}

    /** Makes this the one handler of {@code java.util.logging}, unless the log has started. */
    static void install() {
        CHANNEL.setLevel(Level.SEVERE);
        if (!SLF4JBridgeHandler.isInstalled()) {
            SLF4JBridgeHandler.removeHandlersForRootLogger();
            LogManager.getLogManager().getLogger("").addHandler(ONLY);
        }
    }

    @Override
    public synchronized void publish(LogRecord record) {
        if (record.getLevel().intValue() >= Level.INFO.intValue()) {
            if (!SLF4JBridgeHandler.isInstalled()) {
                CommandLine.prepare();
            }
            new SLF4JBridgeHandler().publish(record);
        }
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
