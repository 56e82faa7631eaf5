package dev.entente.server.api.access;

import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** The authorities that certificates are verified against; they can be exchanged at any time. Thread-safe. */
public final class TrustedCertificates extends X509ExtendedTrustManager {
    private volatile @Nullable X509ExtendedTrustManager taken;
    private volatile Instant expiry = Instant.MAX;

    /**
     * Trusts these alone from now on; connections that are open stay.
     *
     * @throws GeneralSecurityException if there is no certificate in it, or a damaged one
     */
    public void take(Pem pem) throws GeneralSecurityException {
        List<X509Certificate> trusted = pem.certificates();
        taken = verifying(trusted);
        expiry = trusted.stream()
                .map(each -> each.getNotAfter().toInstant())
                .max(Instant::compareTo)
                .orElseThrow();
    }

    /** The end of the validity of the authority that is valid for the longest: then nobody is trusted any more. */
    public Instant expiry() {
        return expiry;
    }

    private static X509ExtendedTrustManager verifying(List<X509Certificate> trusted) throws GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        try {
            store.load(null, null);
        } catch (IOException impossible) {
            throw new GeneralSecurityException(impossible);
        }
        for (int i = 0; i < trusted.size(); i++) {
            store.setCertificateEntry("trusted-" + i, trusted.get(i));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(store);
        return Arrays.stream(factory.getTrustManagers())
                .filter(X509ExtendedTrustManager.class::isInstance)
                .map(X509ExtendedTrustManager.class::cast)
                .findFirst()
                .orElseThrow(() -> new GeneralSecurityException("this JVM verifies no certificates"));
    }

    private X509ExtendedTrustManager verifying() throws CertificateException {
        X509ExtendedTrustManager now = taken;
        if (now == null) {
            throw new CertificateException("no authority has been read yet");
        }
        return now;
    }

    /** None: a server would name them to its clients as they were at its start, and clients would hold back others. */
    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        verifying().checkClientTrusted(chain, authType);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        verifying().checkClientTrusted(chain, authType, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        verifying().checkClientTrusted(chain, authType, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType) throws CertificateException {
        verifying().checkServerTrusted(chain, authType);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
            throws CertificateException {
        verifying().checkServerTrusted(chain, authType, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
            throws CertificateException {
        verifying().checkServerTrusted(chain, authType, engine);
    }
}
