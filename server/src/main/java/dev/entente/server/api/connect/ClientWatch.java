package dev.entente.server.api.connect;

import java.io.IOException;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.ConnectionMetaData;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;

/**
 * Notices that a client over HTTP/1.1 has closed its connection while it waits for an answer: Jetty reads nothing then.
 * Over HTTP/2 Jetty tells. Thread-safe.
 */
final class ClientWatch implements Callback {
    private final Connection connection;
    private final boolean isNeeded;
    private final Runnable gone;
    private boolean isOver;

    /** @param gone is run at most once, and never after {@link #stop} */
    ClientWatch(ConnectionMetaData client, Runnable gone) {
        this.connection = client.getConnection();
        this.isNeeded = client.getHttpVersion().getVersion() < HttpVersion.HTTP_2.getVersion();
        this.gone = gone;
    }

    /** To be called once the whole request was read. Does nothing where the next one has come already. */
    synchronized void start() {
        if (isNeeded && !isOver && connection instanceof Connection.UpgradeFrom read) {
            ByteBuffer next = read.onUpgradeFrom();
            if (next == null) {
                connection.getEndPoint().tryFillInterested(this);
            } else {
                giveBack(next);
            }
        }
    }

    /** From here on Jetty may read the connection again. */
    synchronized void stop() {
        isOver = true;
        if (isNeeded && connection.getEndPoint() instanceof AbstractEndPoint end && end.isFillInterested()) {
            end.getFillInterest().onClose();
        }
    }

    @Override
    public InvocationType getInvocationType() {
        return InvocationType.NON_BLOCKING;
    }

    /** There is something to read: the end, or the first byte of a next request. */
    @Override
    public synchronized void succeeded() {
        ByteBuffer one = BufferUtil.allocate(1);
        try {
            int read = isOver ? 0 : connection.getEndPoint().fill(one);
            if (read < 0) {
                failed(new EofException());
            } else if (read > 0) {
                giveBack(one);
            } else if (!isOver) {
                connection.getEndPoint().tryFillInterested(this);
            }
        } catch (IOException broken) {
            failed(broken);
        }
    }

    @Override
    public synchronized void failed(Throwable end) {
        if (!isOver) {
            isOver = true;
            gone.run();
        }
    }

    private void giveBack(ByteBuffer read) {
        ((Connection.UpgradeTo) connection).onUpgradeTo(read);
    }
}
