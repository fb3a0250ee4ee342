package org.scoutfs.app.mount;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class MountWordsTest {
    @Test
    void splitsFlagsFromOptions() {
        MountWords words = MountWords.split(List.of("ro,noatime,metadev_path=/dev/vda", "quorum_slot_nr=0"));

        assertThat(words.flags()).isEqualTo(1 | 1024);
        assertThat(words.options()).isEqualTo("ro,metadev_path=/dev/vda,quorum_slot_nr=0");
    }

    @Test
    void laterWordsWin() {
        assertThat(MountWords.split(List.of("ro,nosuid,rw,suid")).flags()).isZero();
    }

    @Test
    void ignoresWhatIsMeantForMount() {
        MountWords words =
                MountWords.split(List.of("defaults,_netdev,nofail,x-systemd.automount,comment=a,user,uhelper=b"));

        assertThat(words).isEqualTo(new MountWords(0, ""));
    }

    @Test
    void keepsUnknownWordsForTheirMessage() {
        assertThat(MountWords.split(List.of("bogus")).options()).isEqualTo("bogus");
    }

    @Test
    void flagsBecomeWordsAgain() {
        assertThat(MountWords.flagWords(1 | 2 | 1024)).containsExactly("noatime", "nosuid", "ro");
    }
}
