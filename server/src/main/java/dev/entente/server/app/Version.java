package dev.entente.server.app;

/** The version of this build. */
public final class Version {
    private Version() {}

    /** Returns the version from the jar's manifest, which the build writes; class folders have no version. */
    public static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "(unpackaged)" : version;
    }
}
