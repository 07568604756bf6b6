# Who holds the card may do all with it anyway. The keys stay when the file goes; another file takes their place.
set -eu
install -d -m 700 /root/.ssh
install -m 600 /boot/firmware/authorized_keys /root/.ssh/authorized_keys
ssh-keygen -A
systemctl start --no-block ssh.service
