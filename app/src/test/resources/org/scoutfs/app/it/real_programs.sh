# Runs programs in the directory $1; prints nothing that depends on where or when.
cd "$1"
export HOME="$1" LC_ALL=C GIT_CONFIG_NOSYSTEM=1
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@example.org GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@example.org
export GIT_AUTHOR_DATE='2020-01-01T00:00:00Z' GIT_COMMITTER_DATE='2020-01-01T00:00:00Z'
umask 022

echo == tree
mkdir -p tree/a/b tree/empty
i=0
while [ $i -lt 60 ]; do
    seq $i $((i * 20)) > tree/a/f$i
    i=$((i + 1))
done
ln -s ../f1 tree/a/b/link
ln tree/a/f2 tree/a/b/hard
mkfifo tree/fifo
truncate -s 3M tree/sparse
printf x | dd of=tree/sparse bs=1 seek=2000000 conv=notrunc 2>/dev/null
head -c 2000000 /dev/zero | tr '\0' 'z' > tree/large
chmod 4711 tree/a/f3
chown 1234:2345 tree/a/f4
touch -d '2001-02-03 04:05:06.789' tree/a/f5
setfattr -n user.note -v value tree/a/f6 2>/dev/null || python3 -c 'import os; os.setxattr("tree/a/f6", "user.note", b"value")'

digest() {
    (cd "$1" && find . -type f | sort | xargs sha256sum | sha256sum && find . -printf '%P %y %m %U %G %n %l\n' | sort)
}
digest tree
find tree -type f | wc -l
find tree -name 'f1*' | sort
find tree -type f -size +1000k | sort
find tree -samefile tree/a/f2 | sort

echo == tar
tar cf tree.tar tree
tar df tree.tar
mkdir out
tar xpf tree.tar -C out
digest out/tree

echo == rsync
rsync -aHAX tree/ synced/
rsync -aHAX --itemize-changes --dry-run --delete tree/ synced/
digest synced
echo changed > tree/a/f7
touch -d "2021-01-02 03:04:05" tree/a/f7 # rsync names a changed second
rsync -aHAX --itemize-changes --delete --checksum tree/ synced/
rsync -aHAX --itemize-changes --dry-run --checksum tree/ synced/

echo == cp
cp -a tree copied
diff -r --no-dereference -x fifo tree copied && echo same
digest copied
python3 -c 'import os; print(os.getxattr("copied/a/f6", "user.note"), os.getxattr("synced/a/f6", "user.note"))'

echo == git
git init -q -b main origin
cd origin
cp -r ../tree/a .
git add .
git commit -q -m first
git checkout -q -b side
echo side > side
git add side
git commit -q -m second
git checkout -q main
echo main > a/f1
git commit -q -a -m third
git merge -q -m merge side
git gc -q
cd ..
git clone -q origin clone
git -C clone log --format='%H %s'
git -C clone status --short
git -C clone fsck --full 2>&1
git -C clone diff --stat HEAD~1

echo == make
mkdir project
cd project
printf 'int one(void) { return 1; }\n' > one.c
printf 'int two(void) { return 2; }\n' > two.c
printf '#include <stdio.h>\nint one(void); int two(void);\nint main(void) { printf("%%d\\n", one() + two()); return 0; }\n' > main.c
printf 'program: main.o one.o two.o\n\tgcc -o $@ $^\n%%.o: %%.c\n\tgcc -O1 -c -o $@ $<\n' > Makefile
make
./program
make
sleep 0.02
touch one.c
make
./program
cd ..

echo == sqlite
for mode in wal delete; do
    sqlite3 $mode.db "pragma journal_mode=$mode; create table t(id integer primary key, text text); create index i on t(text);"
    sqlite3 $mode.db "with recursive n(x) as (select 1 union all select x+1 from n where x<5000) insert into t select x, 'row '||x from n;"
    sqlite3 $mode.db "begin; delete from t where id%3=0; rollback; delete from t where id%7=0; update t set text=text||'!' where id%2;"
    sqlite3 $mode.db "pragma integrity_check; select count(*), sum(length(text)) from t; vacuum; pragma integrity_check;"
    sqlite3 $mode.db .dump | sha256sum
done

echo == remove
rm -rf out copied
find . -maxdepth 1 | sort
echo done
