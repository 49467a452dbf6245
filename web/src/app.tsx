import { Anchor, Box, Button, Container, Group, Text, Title } from '@mantine/core';
import { lazy, Suspense } from 'react';
import { NavLink, Route, Routes } from 'react-router';
import { ColourSchemeButton } from './parts/colour-scheme.tsx';
import { SearchPage } from './search/search-page.tsx';
import { useSession } from './session/session.tsx';
import { SignIn } from './session/sign-in.tsx';

const AssetPage = lazy(async () => ({ default: (await import('./asset/asset-page.tsx')).AssetPage }));
const UploadsPage = lazy(async () => ({ default: (await import('./uploads/uploads-page.tsx')).UploadsPage }));
const StatusPage = lazy(async () => ({ default: (await import('./status/status-page.tsx')).StatusPage }));

function Masthead() {
  const { session, signOut } = useSession();
  return (
    <Box component="header" className="masthead">
      <Container size="xl" py="xs">
        <div className="masthead-row">
          <NavLink to="/" aria-label="Wirescope, search">
            <Text component="span" ff="Georgia, serif" fw={700} fz="xl">
              Wirescope
            </Text>
          </NavLink>
          <Group component="nav" aria-label="Main" gap="xs">
            <NavLink to="/" end>
              Search
            </NavLink>
            <NavLink to="/uploads">Uploads</NavLink>
            <NavLink to="/status">Status</NavLink>
          </Group>
          <Group gap="sm">
            <ColourSchemeButton />
            <Text component="span" fz="sm" visibleFrom="sm">
              {session?.username}
            </Text>
            <Button size="compact-sm" variant="white" onClick={signOut}>
              Sign out
            </Button>
          </Group>
        </div>
      </Container>
    </Box>
  );
}

export function App() {
  const { session } = useSession();
  if (!session) return <SignIn />;
  return (
    <>
      <Anchor href="#main" className="skip-link">
        Skip to the content
      </Anchor>
      <Masthead />
      <Container component="main" id="main" size="xl" py="lg">
        <Suspense fallback={<Text role="status">Loading…</Text>}>
          <Routes>
            <Route index element={<SearchPage />} />
            <Route path="assets/:assetId" element={<AssetPage />} />
            <Route path="uploads" element={<UploadsPage />} />
            <Route path="status" element={<StatusPage />} />
            <Route path="*" element={<NoSuchPage />} />
          </Routes>
        </Suspense>
      </Container>
    </>
  );
}

function NoSuchPage() {
  return (
    <>
      <Title order={1} size="h2">
        There is no such page
      </Title>
      <Text>The search is at the top left.</Text>
    </>
  );
}
