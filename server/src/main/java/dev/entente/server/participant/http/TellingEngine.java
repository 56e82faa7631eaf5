package dev.entente.server.participant.http;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.BiFunction;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSession;

/**
 * Another engine, whose first finished handshake a call is told of before any of its bytes is wrapped. A connection on
 * which bytes come that nobody asked for ends there, for they would be taken as the answer of the next call: the JDK's
 * client looks for them on plain connections alone. As thread-safe as that one.
 */
final class TellingEngine extends SSLEngine {
    private final SSLEngine engine;
    private final Handshakes.Listener call;
    private final AnswerEnds answers = new AnswerEnds();
    private boolean isTold;
    private volatile boolean isOver;

    TellingEngine(SSLEngine engine, Handshakes.Listener call) {
        super(engine.getPeerHost(), engine.getPeerPort());
        this.engine = engine;
        this.call = call;
    }

    private SSLEngineResult telling(SSLEngineResult result) throws SSLException {
        if (result.getHandshakeStatus() == HandshakeStatus.FINISHED && isFirst()) {
            call.handshakeDone();
        }
        return result;
    }

    private synchronized boolean isFirst() {
        boolean isFirst = !isTold;
        isTold = true;
        return isFirst;
    }

    @Override
    public SSLEngineResult wrap(ByteBuffer[] from, int offset, int length, ByteBuffer to) throws SSLException {
        int[] positions = positions(from, offset, length);
        if (isOver && isAnyLeft(from, offset, length) && answers.isBetween()) {
            throw new SSLException("bytes came on this connection that nobody asked for");
        }
        SSLEngineResult result = telling(engine.wrap(from, offset, length, to));
        for (int i = 0; i < length && result.bytesConsumed() > 0; i++) {
            answers.asked(since(from[offset + i], positions[i]));
        }
        return result;
    }

    private static boolean isAnyLeft(ByteBuffer[] from, int offset, int length) {
        for (int i = 0; i < length; i++) {
            if (from[offset + i].hasRemaining()) {
                return true;
            }
        }
        return false;
    }

    @Override
    public SSLEngineResult unwrap(ByteBuffer from, ByteBuffer[] to, int offset, int length) throws SSLException {
        if (isOver) {
            return new SSLEngineResult(SSLEngineResult.Status.CLOSED, HandshakeStatus.NOT_HANDSHAKING, 0, 0);
        }
        int[] positions = positions(to, offset, length);
        boolean isBetween = answers.isBetween();
        SSLEngineResult result = telling(engine.unwrap(from, to, offset, length));
        if (result.bytesProduced() == 0) {
            return result;
        }
        for (int i = 0; i < length; i++) {
            answers.came(since(to[offset + i], positions[i]));
        }
        // Whatever is behind an answer, in this record or in the next one, was not asked for.
        isOver = answers.isBetween() && (isBetween || answers.isMore() || from.hasRemaining());
        if (!isBetween) {
            return result;
        }
        for (int i = 0; i < length; i++) {
            to[offset + i].position(positions[i]);
        }
        return new SSLEngineResult(
                SSLEngineResult.Status.CLOSED, result.getHandshakeStatus(), result.bytesConsumed(), 0);
    }

    private static int[] positions(ByteBuffer[] buffers, int offset, int length) {
        int[] positions = new int[length];
        for (int i = 0; i < length; i++) {
            positions[i] = buffers[offset + i].position();
        }
        return positions;
    }

    /** Views what was read or written since its position was that. */
    private static ByteBuffer since(ByteBuffer buffer, int position) {
        return buffer.duplicate().limit(buffer.position()).position(position);
    }

    // ---- as the other one says

    @Override
    public Runnable getDelegatedTask() {
        return engine.getDelegatedTask();
    }

    @Override
    public void closeInbound() throws SSLException {
        engine.closeInbound();
    }

    @Override
    public boolean isInboundDone() {
        return engine.isInboundDone();
    }

    @Override
    public void closeOutbound() {
        engine.closeOutbound();
    }

    @Override
    public boolean isOutboundDone() {
        return engine.isOutboundDone();
    }

    @Override
    public String[] getSupportedCipherSuites() {
        return engine.getSupportedCipherSuites();
    }

    @Override
    public String[] getEnabledCipherSuites() {
        return engine.getEnabledCipherSuites();
    }

    @Override
    public void setEnabledCipherSuites(String[] suites) {
        engine.setEnabledCipherSuites(suites);
    }

    @Override
    public String[] getSupportedProtocols() {
        return engine.getSupportedProtocols();
    }

    @Override
    public String[] getEnabledProtocols() {
        return engine.getEnabledProtocols();
    }

    @Override
    public void setEnabledProtocols(String[] protocols) {
        engine.setEnabledProtocols(protocols);
    }

    @Override
    public SSLSession getSession() {
        return engine.getSession();
    }

    @Override
    public SSLSession getHandshakeSession() {
        return engine.getHandshakeSession();
    }

    @Override
    public void beginHandshake() throws SSLException {
        engine.beginHandshake();
    }

    @Override
    public HandshakeStatus getHandshakeStatus() {
        return engine.getHandshakeStatus();
    }

    @Override
    public void setUseClientMode(boolean isClient) {
        engine.setUseClientMode(isClient);
    }

    @Override
    public boolean getUseClientMode() {
        return engine.getUseClientMode();
    }

    @Override
    public void setNeedClientAuth(boolean isNeeded) {
        engine.setNeedClientAuth(isNeeded);
    }

    @Override
    public boolean getNeedClientAuth() {
        return engine.getNeedClientAuth();
    }

    @Override
    public void setWantClientAuth(boolean isWanted) {
        engine.setWantClientAuth(isWanted);
    }

    @Override
    public boolean getWantClientAuth() {
        return engine.getWantClientAuth();
    }

    @Override
    public void setEnableSessionCreation(boolean isEnabled) {
        engine.setEnableSessionCreation(isEnabled);
    }

    @Override
    public boolean getEnableSessionCreation() {
        return engine.getEnableSessionCreation();
    }

    @Override
    public SSLParameters getSSLParameters() {
        return engine.getSSLParameters();
    }

    @Override
    public void setSSLParameters(SSLParameters parameters) {
        engine.setSSLParameters(parameters);
    }

    @Override
    public String getApplicationProtocol() {
        return engine.getApplicationProtocol();
    }

    @Override
    public String getHandshakeApplicationProtocol() {
        return engine.getHandshakeApplicationProtocol();
    }

    @Override
    public void setHandshakeApplicationProtocolSelector(BiFunction<SSLEngine, List<String>, String> selector) {
        engine.setHandshakeApplicationProtocolSelector(selector);
    }

    @Override
    public BiFunction<SSLEngine, List<String>, String> getHandshakeApplicationProtocolSelector() {
        return engine.getHandshakeApplicationProtocolSelector();
    }
}
